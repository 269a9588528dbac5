import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'

import type { Despatch, DespatchLine } from '../domain/despatch.ts'
import type { DespatchDb, DespatchLineTable, DespatchTable } from './database.ts'

/** Serialises everything that is decided about one order, until the transaction ends. */
export async function lockOrder(tx: Transaction<DespatchDb>, orderId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${orderId}, 0))`.execute(tx)
}

/** Units despatched of each of an order's lines, whatever became of the despatch since: the goods are gone. */
export async function despatchedUnits(db: Kysely<DespatchDb>, orderId: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('despatch_line')
    .innerJoin('despatch', 'despatch.id', 'despatch_line.despatch_id')
    .where('despatch.order_id', '=', orderId)
    .select(['order_line_id', (build) => build.fn.sum<string>('quantity').as('units')])
    .groupBy('order_line_id')
    .execute()
  return new Map(rows.map((row) => [row.order_line_id, Number(row.units)]))
}

/** The number of an order's next parcel, from 1. Call under `lockOrder`. */
export async function nextParcel(tx: Transaction<DespatchDb>, orderId: string): Promise<number> {
  const row = await tx
    .selectFrom('despatch')
    .where('order_id', '=', orderId)
    .select((build) => build.fn.max('parcel').as('last'))
    .executeTakeFirst()
  return (row?.last ?? 0) + 1
}

/** Stores a new despatch with its lines. */
export async function insertDespatch(tx: Transaction<DespatchDb>, despatch: Despatch): Promise<void> {
  await tx.insertInto('despatch').values(rowOf(despatch)).execute()
  await tx
    .insertInto('despatch_line')
    .values(despatch.lines.map((line) => lineRowOf(despatch.id, line)))
    .execute()
}

function rowOf(despatch: Despatch) {
  return {
    id: despatch.id,
    order_id: despatch.orderId,
    channel_order_id: despatch.channelOrderId,
    account_id: despatch.accountId,
    connection_id: despatch.connectionId,
    marketplace_id: despatch.marketplaceId,
    fulfilled_by: 'MERCHANT' as const,
    parcel: despatch.parcel,
    carrier: despatch.carrier,
    carrier_name: despatch.carrierName,
    service: despatch.service,
    tracking: despatch.tracking,
    state: despatch.state,
    next_attempt_at: despatch.nextAttemptAt ?? null,
    error: despatch.error,
    actor: despatch.actor,
    despatched_at: despatch.despatchedAt,
    snapshot_at: despatch.snapshotAt,
  }
}

function lineRowOf(despatchId: string, line: DespatchLine) {
  return {
    despatch_id: despatchId,
    order_line_id: line.orderLineId,
    channel_line_id: line.channelLineId,
    item_id: line.itemId,
    location_id: line.locationId,
    quantity: line.quantity,
  }
}

const MOST_PER_ORDER = 1000

/** An order's despatches, oldest first, at most 1,000. */
export async function listDespatches(db: Kysely<DespatchDb>, orderId: string): Promise<Despatch[]> {
  const rows = await db
    .selectFrom('despatch')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('parcel')
    .limit(MOST_PER_ORDER)
    .execute()
  return withLines(db, rows)
}

/** The despatches of an order by our id or Amazon's, oldest first, at most 1,000. */
export async function findDespatchesOf(db: Kysely<DespatchDb>, order: string): Promise<Despatch[]> {
  const rows = await db
    .selectFrom('despatch')
    .selectAll()
    .where((where) => where.or([where('order_id', '=', order), where('channel_order_id', '=', order)]))
    .orderBy('order_id')
    .orderBy('parcel')
    .limit(MOST_PER_ORDER)
    .execute()
  return withLines(db, rows)
}

/** One despatch, or undefined. */
export async function findDespatch(db: Kysely<DespatchDb>, id: string): Promise<Despatch | undefined> {
  const rows = await db.selectFrom('despatch').selectAll().where('id', '=', id).execute()
  const [found] = await withLines(db, rows)
  return found
}

/** One despatch, its row locked until the transaction ends. Throws when it is gone. */
export async function lockDespatch(tx: Transaction<DespatchDb>, id: string): Promise<Despatch> {
  const rows = await tx.selectFrom('despatch').selectAll().where('id', '=', id).forUpdate().execute()
  const [found] = await withLines(tx, rows)
  if (!found) throw new Error(`despatch ${id} is gone`)
  return found
}

async function withLines(db: Kysely<DespatchDb>, rows: readonly Selectable<DespatchTable>[]): Promise<Despatch[]> {
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.id)
  const lines = await db
    .selectFrom('despatch_line')
    .selectAll()
    .where('despatch_id', 'in', ids)
    .orderBy('order_line_id')
    .execute()
  return rows.map((row) =>
    despatchOf(
      row,
      lines.filter((line) => line.despatch_id === row.id),
    ),
  )
}

function despatchOf(row: Selectable<DespatchTable>, lines: readonly Selectable<DespatchLineTable>[]): Despatch {
  return {
    id: row.id,
    orderId: row.order_id,
    channelOrderId: row.channel_order_id,
    accountId: row.account_id,
    connectionId: row.connection_id,
    marketplaceId: row.marketplace_id,
    parcel: row.parcel,
    carrier: row.carrier,
    carrierName: row.carrier_name,
    service: row.service,
    tracking: row.tracking,
    state: row.state,
    attempts: row.attempts,
    failures: row.failures,
    nextAttemptAt: row.next_attempt_at ?? undefined,
    sendingSince: row.sending_since ?? undefined,
    releasedAt: row.released_at ?? undefined,
    error: row.error,
    actor: row.actor,
    despatchedAt: row.despatched_at,
    snapshotAt: row.snapshot_at,
    lines: lines.map((line) => ({
      orderLineId: line.order_line_id,
      channelLineId: line.channel_line_id,
      itemId: line.item_id,
      locationId: line.location_id,
      quantity: line.quantity,
    })),
  }
}

/** What a step changes of a despatch; what is not named stays. */
export interface DespatchChange {
  readonly state?: Despatch['state']
  readonly nextAttemptAt?: Date | null
  readonly sendingSince?: Date | null
  readonly releasedAt?: Date
  readonly error?: string
  readonly attempts?: number
  readonly failures?: number
  readonly snapshotAt?: Date
}

/** Writes a step's changes. */
export async function changeDespatch(tx: Transaction<DespatchDb>, id: string, change: DespatchChange): Promise<void> {
  const named = {
    state: change.state,
    next_attempt_at: change.nextAttemptAt,
    sending_since: change.sendingSince,
    released_at: change.releasedAt,
    error: change.error,
    attempts: change.attempts,
    failures: change.failures,
    snapshot_at: change.snapshotAt,
  }
  const columns = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
  await tx.updateTable('despatch').set(columns).where('id', '=', id).execute()
}

/** Notes what a call to Amazon brought; written once per call and outcome. */
export async function noteAttempt(
  tx: Transaction<DespatchDb>,
  attempt: { despatchId: string; number: number; outcome: string; detail: string },
): Promise<void> {
  await tx
    .insertInto('despatch_attempt')
    .values({
      despatch_id: attempt.despatchId,
      number: attempt.number,
      outcome: attempt.outcome,
      detail: attempt.detail,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Despatches of an order that Amazon has taken but not shown yet, locked; confirmed by whatever shows them first. */
export async function lockSubmitted(tx: Transaction<DespatchDb>, orderId: string): Promise<Despatch[]> {
  const rows = await tx
    .selectFrom('despatch')
    .selectAll()
    .where('order_id', '=', orderId)
    .where('state', '=', 'submitted')
    .orderBy('parcel')
    .forUpdate()
    .execute()
  return withLines(tx, rows)
}
