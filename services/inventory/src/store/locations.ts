import { sql, type Kysely, type Transaction } from 'kysely'
import type { Location } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'

/** As many locations as an installation may have. */
export const mostLocations = 1_000

/** Default first, then by name. */
export async function listLocations(db: Kysely<InventoryDb>): Promise<Location[]> {
  return db
    .selectFrom('location')
    .select(['id', 'name', 'kind', 'is_default as isDefault'])
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
