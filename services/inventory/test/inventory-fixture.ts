import { systemIds } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import { sql, type Kysely } from 'kysely'
import { pino } from 'pino'
import { createItem } from '../src/commands/create-item.ts'
import { createLocation } from '../src/commands/create-location.ts'
import { setStock } from '../src/commands/set-stock.ts'
import type { CommandDeps } from '../src/commands/stock-transaction.ts'
import { isRefused, type Refused } from '../src/domain/refusal.ts'
import type { Location } from '../src/domain/stock.ts'
import { inventoryMigrations } from '../src/migrations/inventory-migrations.ts'
import type { InventoryDb } from '../src/store/inventory-db.ts'

/** The Default location, as the migration makes it. */
export const defaultLocationId = 'loc_00000000000000000000000000'

export interface InventoryFixture extends AsyncDisposable {
  url: string
  db: Kysely<InventoryDb>
  deps: CommandDeps
  /** How often the relay was told of a commit. */
  pokes(): number
  /** Another replica: the same database, a pool of its own. */
  anotherReplica(): CommandDeps
}

export async function openInventory(): Promise<InventoryFixture> {
  const suite = await createSuiteDatabase({ migrations: inventoryMigrations, name: 'inventory' })
  const pools: Kysely<InventoryDb>[] = []
  let pokes = 0
  const replica = (): CommandDeps => {
    const db = openDatabase<InventoryDb>({ url: suite.url, applicationName: 'inventory-test' })
    pools.push(db)
    return { db, ids: systemIds, relay: { poke: () => (pokes += 1) }, log: pino({ level: 'silent' }) }
  }
  const deps = replica()
  return {
    url: suite.url,
    db: deps.db,
    deps,
    pokes: () => pokes,
    anotherReplica: replica,
    async [Symbol.asyncDispose]() {
      for (const pool of pools) await pool.destroy()
      await suite[Symbol.asyncDispose]()
    },
  }
}

let made = 0

/** Unique within the test run. */
export function aKey(word = 'key'): string {
  made += 1
  return `${word}-${process.pid}-${made}`
}

export interface GivenItem {
  id: string
  sku: string
}

/** An item with this many units on hand in Default. */
export async function anItem(deps: CommandDeps, { onHand = 0, sku = aKey('SKU') } = {}): Promise<GivenItem> {
  const { item } = done(await createItem(deps, { idempotencyKey: aKey(), actor: 'test', sku, title: '' }))
  if (onHand > 0) {
    const lines = [{ item: item.id, location: '', onHand: BigInt(onHand) }]
    done(await setStock(deps, { idempotencyKey: aKey(), actor: 'test', note: '', partial: false, lines }))
  }
  return item
}

export async function aLocation(deps: CommandDeps, kind: Location['kind'] = 'own'): Promise<Location> {
  const command = { idempotencyKey: aKey(), actor: 'test', name: aKey('Shelf'), kind }
  return done(await createLocation(deps, command)).location
}

/** The answer; a refusal is the test's failure. */
export function done<Answer extends object>(answer: Answer | Refused): Answer {
  if (isRefused(answer)) throw new Error(`refused: ${answer.reason}, ${answer.message}`)
  return answer
}

/** The refusal; an answer is the test's failure. */
export function refusedWith(answer: object): Refused {
  if (isRefused(answer)) return answer
  throw new Error(`not refused: ${JSON.stringify(answer)}`)
}

export interface LevelRow {
  onHand: number
  reserved: number
  available: number
  version: number
}

export async function levelOf(
  db: Kysely<InventoryDb>,
  itemId: string,
  locationId = defaultLocationId,
): Promise<LevelRow> {
  return db
    .selectFrom('stock_level')
    .select(['on_hand as onHand', 'reserved', 'available', 'version'])
    .where('item_id', '=', itemId)
    .where('location_id', '=', locationId)
    .executeTakeFirstOrThrow()
}

export interface OutboxEvent {
  id: string
  subject: string
  payload: {
    itemId: string
    changes: { locationId: string; available?: string; version: string }[]
    cause: { kind: string; reference?: string; actor?: string; note?: string }
    at: string
  }
}

/** The events of an item, in the order they will be published, without the one of its creation. */
export async function eventsOf(db: Kysely<InventoryDb>, itemId: string): Promise<OutboxEvent[]> {
  const { rows } = await sql<OutboxEvent>`
    select id, subject, payload from outbox where payload ->> 'itemId' = ${itemId} order by seq`.execute(db)
  return rows.filter((row) => !row.payload.cause.kind.endsWith('_created'))
}

/** Places whose level differs from the sum of its ledger. */
export async function unbalancedPlaces(db: Kysely<InventoryDb>): Promise<unknown[]> {
  const { rows } = await sql`
    select level.item_id, level.location_id, level.on_hand, level.reserved, level.held, sum(on_hand_change), sum(reserved_change), sum(held_change)
      from stock_level as level left join stock_movement as movement using (item_id, location_id)
     group by level.item_id, level.location_id
    having level.on_hand <> coalesce(sum(on_hand_change), 0) or level.reserved <> coalesce(sum(reserved_change), 0)
        or level.held <> coalesce(sum(held_change), 0)`.execute(db)
  return rows
}
