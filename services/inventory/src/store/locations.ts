import { sql, type Kysely, type Transaction } from 'kysely'
import type { Location } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'

/** As many locations as an installation may have. */
export const mostLocations = 1_000

/** Those that have not been removed: Default first, then by name. */
export async function listLocations(db: Kysely<InventoryDb>): Promise<Location[]> {
  return db
    .selectFrom('location')
    .select(['id', 'name', 'kind', 'is_default as isDefault'])
    .where('removed_at', 'is', null)
    .orderBy('is_default', 'desc')
    .orderBy('name')
    .limit(mostLocations)
    .execute()
}

/**
 * Keeps the list of locations as it is until the transaction ends, so that a new item gets a level in each of them.
 * Others may create items meanwhile; who creates a location waits.
 */
export async function holdLocations(tx: Transaction<InventoryDb>): Promise<void> {
  await sql`lock table location in share mode`.execute(tx)
}

/** Undefined when the name is taken. Waits until no transaction holds the locations, so that every item can be given a level here. */
export async function insertLocation(
  tx: Transaction<InventoryDb>,
  location: Omit<Location, 'isDefault'>,
): Promise<Location | undefined> {
  return tx
    .insertInto('location')
    .values(location)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning(['id', 'name', 'kind', 'is_default as isDefault'])
    .executeTakeFirst()
}

/** The next items after this id, in the order of ids. */
export async function itemIdsAfter(tx: Transaction<InventoryDb>, afterId: string, limit: number): Promise<string[]> {
  const rows = await tx.selectFrom('item').select('id').where('id', '>', afterId).orderBy('id').limit(limit).execute()
  return rows.map((row) => row.id)
}

/** Lets one transaction at a time change the list of locations. New items wait meanwhile; readers and stock do not. */
export async function lockLocations(tx: Transaction<InventoryDb>): Promise<void> {
  await sql`lock table location in share row exclusive mode`.execute(tx)
}

export async function renameLocation(
  tx: Transaction<InventoryDb>,
  { id, name }: { id: string; name: string },
): Promise<void> {
  await tx.updateTable('location').set({ name }).where('id', '=', id).execute()
}

/** The name becomes free for another location; the history calls this one removed. */
export async function markRemoved(
  tx: Transaction<InventoryDb>,
  { id, name }: Pick<Location, 'id' | 'name'>,
): Promise<void> {
  const kept = `${Array.from(name).slice(0, 50).join('')} (removed ${id.slice(-8)})`
  await sql`update location set name = ${kept}, removed_at = clock_timestamp() where id = ${id}`.execute(tx)
}

/** The first of these names that no location has. */
export async function freeName(tx: Transaction<InventoryDb>, names: readonly string[]): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select wanted.name from unnest(${[...names]}::text[]) with ordinality as wanted (name, place)
     where not exists (select from location where location.name = wanted.name)
     order by place limit 1`.execute(tx)
  const [free] = rows
  if (!free) throw new Error(`the location names ${names.join(', ')} are taken`)
  return free.name
}

/** The location that shows Amazon's own stock as this account reads it. */
export async function fbaLocationOf(db: Kysely<InventoryDb>, accountId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('fba_location')
    .select('location_id')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row?.location_id
}

/** Makes the account the only one whose figures this location shows. */
export async function keepFbaLocation(
  tx: Transaction<InventoryDb>,
  { accountId, locationId }: { accountId: string; locationId: string },
): Promise<void> {
  await tx.insertInto('fba_location').values({ account_id: accountId, location_id: locationId }).execute()
}
