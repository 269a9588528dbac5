import { type Kysely, sql, type Transaction } from 'kysely'
import type { LocationKindName } from './account-tables.ts'
import type { ChannelDb } from './database.ts'

/** A location as inventory last described it. */
export interface Location {
  id: string
  name: string
  kind: LocationKindName
  isDefault: boolean
}

/** Keeps what inventory says of these locations; one may stand in the list twice. */
export async function saveLocations(tx: Transaction<ChannelDb>, locations: readonly Location[]): Promise<void> {
  if (locations.length === 0) return
  const distinct = new Map(locations.map((location) => [location.id, location]))
  const rows = [...distinct.values()].map(({ id, name, kind, isDefault }) => ({
    id,
    name,
    kind,
    is_default: isDefault,
  }))
  await tx
    .insertInto('location')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        name: sql`excluded.name`,
        kind: sql`excluded.kind`,
        is_default: sql`excluded.is_default`,
      }),
    )
    .execute()
}

/** The locations an account sells from. */
export async function listLocationsOfAccount(db: Kysely<ChannelDb>, accountId: string): Promise<Location[]> {
  return db
    .selectFrom('account_location as m')
    .innerJoin('location as l', 'l.id', 'm.location_id')
    .select(['l.id', 'l.name', 'l.kind', 'l.is_default as isDefault'])
    .where('m.account_id', '=', accountId)
    .orderBy('l.id')
    .limit(100)
    .execute()
}
