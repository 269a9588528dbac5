import { type Kysely, sql } from 'kysely'

/** Sales of a SKU whose item or location is not known yet, and the place that a link or a mapping is about to give them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    alter table order_sale
      add column marketplace_id text not null default '',
      add column awaits_place boolean not null default false,
      add column awaited_item_id text,
      add column awaited_location_id text,
      add column awaited_until timestamptz`.execute(db)
  await sql`
    create index order_sale_awaits_place on order_sale (connection_id, marketplace_id, channel_sku)
     where awaits_place`.execute(db)
  await sql`
    create index order_sale_awaited on order_sale (awaited_item_id, awaited_location_id)
     where awaited_item_id is not null`.execute(db)
}
