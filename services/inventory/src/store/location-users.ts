import { sql, type Kysely, type Transaction } from 'kysely'
import type { InventoryDb } from './inventory-db.ts'

/** An account and the locations it works with. */
export interface LocationUser {
  accountId: string
  name: string
  locationIds: readonly string[]
  orderLocationId: string | null
  toldAt: Date
  /** What its marketplace sells in; not known when absent or empty. */
  currency?: string
}

/** Keeps the newest word of an account. */
export async function saveLocationUser(db: Kysely<InventoryDb>, user: LocationUser): Promise<void> {
  const { accountId, name, locationIds, orderLocationId, toldAt, currency = '' } = user
  await sql`
    insert into location_user as known (account_id, name, location_ids, order_location_id, told_at, currency)
    values (${accountId}, ${name}, ${[...locationIds]}::text[], ${orderLocationId}, ${toldAt}, ${currency})
    on conflict (account_id) do update
       set name = excluded.name, location_ids = excluded.location_ids, order_location_id = excluded.order_location_id, told_at = excluded.told_at,
           currency = excluded.currency
     where known.told_at <= excluded.told_at`.execute(db)
}

/** What the marketplaces of these accounts sell in, and how people call them, by id; those that have not said it yet are left out. */
export async function currenciesOf(
  db: Kysely<InventoryDb>,
  accountIds: readonly string[],
): Promise<Map<string, Pick<Required<LocationUser>, 'name' | 'currency'>>> {
  const rows = await db
    .selectFrom('location_user')
    .select(['account_id', 'name', 'currency'])
    .where('account_id', 'in', [...new Set(accountIds)])
    .where('currency', '<>', '')
    .execute()
  return new Map(rows.map(({ account_id: id, ...account }) => [id, account]))
}

/** What keeps a location from being removed, in words; at most ten of each kind are named. */
export async function usesOfLocation(tx: Transaction<InventoryDb>, locationId: string): Promise<string[]> {
  const { rows } = await sql<{ use: string }>`
    (select case when order_location_id = ${locationId} then 'account ' || name || ' sends its orders there'
                 else 'account ' || name || ' sells its stock' end as use
       from location_user
      where order_location_id = ${locationId} or ${locationId} = any(location_ids)
      order by name limit 10)
    union all
    (select item.sku || ': ' || level.on_hand || ' on hand, ' || level.reserved || ' reserved, ' || level.held || ' held'
       from stock_level as level join item on item.id = level.item_id
      where level.location_id = ${locationId} and (level.on_hand, level.reserved, level.held) <> (0, 0, 0)
      order by item.sku limit 10)
    union all
    (select 'transfer ' || id || ' is on its way' from transfer
      where state = 'in_flight' and ${locationId} in (from_location_id, to_location_id)
      order by id limit 10)`.execute(tx)
  return rows.map(({ use }) => use)
}
