import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { OrderDownloadDb, QuarantinedOrderTable } from './tables.ts'

export interface QuarantineEntry {
  /** An order id of ours, kept when the order can be read later. */
  id: string
  connectionId: string
  accountId: string | null
  sellerId: string
  /** Amazon's order id, else a hash of what came: the same order again counts up instead of adding a row. */
  sourceKey: string
  channelOrderId: string | null
  marketplaceId: string | null
  reason: string
  payload: unknown
  seenAt: Date
}

export type QuarantineRow = Pick<
  Selectable<QuarantinedOrderTable>,
  'id' | 'account_id' | 'connection_id' | 'channel_order_id' | 'marketplace_id' | 'reason' | 'first_seen_at' | 'seen'
>

const columns = [
  'id',
  'account_id',
  'connection_id',
  'channel_order_id',
  'marketplace_id',
  'reason',
  'first_seen_at',
  'seen',
] as const

/** Keeps orders that could not be taken in, as they came; one that comes again is counted and its newest reason kept. */
export async function quarantineOrders(tx: Transaction<OrderDownloadDb>, entries: QuarantineEntry[]): Promise<void> {
  for (const entry of entries) {
    await tx
      .insertInto('quarantined_order')
      .values({
        id: entry.id,
        connection_id: entry.connectionId,
        account_id: entry.accountId,
        seller_id: entry.sellerId,
        source_key: entry.sourceKey,
        channel_order_id: entry.channelOrderId,
        marketplace_id: entry.marketplaceId,
        reason: entry.reason,
        payload: JSON.stringify(entry.payload),
        first_seen_at: entry.seenAt,
        last_seen_at: entry.seenAt,
      })
      .onConflict((conflict) =>
        conflict.columns(['connection_id', 'source_key']).doUpdateSet((given) => ({
          seen: sql`quarantined_order.seen + 1`,
          reason: given.ref('excluded.reason'),
          payload: given.ref('excluded.payload'),
          last_seen_at: given.ref('excluded.last_seen_at'),
          resolved_at: null,
        })),
      )
      .execute()
  }
}

/** Takes orders out of quarantine that were read well at last. */
export async function resolveQuarantine(
  tx: Transaction<OrderDownloadDb>,
  wanted: { sellerId: string; channelOrderIds: string[]; at: Date },
): Promise<void> {
  if (wanted.channelOrderIds.length === 0) return
  await tx
    .updateTable('quarantined_order')
    .set({ resolved_at: wanted.at })
    .where('seller_id', '=', wanted.sellerId)
    .where('channel_order_id', 'in', wanted.channelOrderIds)
    .where('resolved_at', 'is', null)
    .execute()
}

/** Why an order's newest snapshot could not be read; null when it could. */
export async function findQuarantineReason(
  db: Kysely<OrderDownloadDb>,
  order: { sellerId: string; channelOrderId: string },
): Promise<string | null> {
  const row = await db
    .selectFrom('quarantined_order')
    .select('reason')
    .where('seller_id', '=', order.sellerId)
    .where('channel_order_id', '=', order.channelOrderId)
    .where('resolved_at', 'is', null)
    .executeTakeFirst()
  return row?.reason ?? null
}

/** Open entries with our id or Amazon's, at most 20. */
export async function findQuarantined(db: Kysely<OrderDownloadDb>, idOrChannelId: string): Promise<QuarantineRow[]> {
  return db
    .selectFrom('quarantined_order')
    .select(columns)
    .where((is) => is.or([is('id', '=', idOrChannelId), is('channel_order_id', '=', idOrChannelId)]))
    .where('resolved_at', 'is', null)
    .orderBy('id')
    .limit(20)
    .execute()
}

/** A page of the open entries, newest first. */
export async function listQuarantined(
  db: Kysely<OrderDownloadDb>,
  wanted: { accountId: string; after: { at: Date; id: string } | undefined; limit: number },
): Promise<QuarantineRow[]> {
  const { accountId, after, limit } = wanted
  let query = db.selectFrom('quarantined_order').select(columns).where('resolved_at', 'is', null)
  if (accountId !== '') query = query.where('account_id', '=', accountId)
  if (after) query = query.where((is) => is(is.refTuple('first_seen_at', 'id'), '<', is.tuple(after.at, after.id)))
  return query.orderBy('first_seen_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
}
