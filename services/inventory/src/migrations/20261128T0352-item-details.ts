import { sql, type Kysely } from 'kysely'

/** What is known of an item beside its stock, and an index that finds it by any part of its SKU or title. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  // A tax rate of -1 is the system's default.
  await sql`
    alter table item
      add column description text not null default '',
      add column purchase_price_minor bigint not null default 0 check (purchase_price_minor >= 0),
      add column purchase_price_currency text not null default '',
      add column retail_price_minor bigint not null default 0 check (retail_price_minor >= 0),
      add column retail_price_currency text not null default '',
      add column weight_grams bigint not null default 0 check (weight_grams >= 0),
      add column tax_rate_basis_points integer not null default -1 check (tax_rate_basis_points between -1 and 10000)`.execute(
    db,
  )
  await sql`
    create table item_property (
      item_id text not null references item,
      name text collate "C" not null check (char_length(name) between 1 and 80),
      value text not null,
      type text not null,
      primary key (item_id, name)
    )`.execute(db)
  await sql`create index item_property_name on item_property (name)`.execute(db)
  await sql`
    create function item_time(at timestamptz) returns text language sql stable as $$
      select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
    $$`.execute(db)
  await sql`create extension if not exists pg_trgm`.execute(db)
  await sql`
    create index item_search on item using gin (lower(sku) gin_trgm_ops, lower(title) gin_trgm_ops)`.execute(db)
}
