import { sql, type Kysely } from 'kysely'

/** The SKU of the item whose price it is. Prices from before have none; the previous release leaves it out. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table price_change add column item_sku text not null default ''`.execute(db)
}
