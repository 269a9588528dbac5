import { sql, type Kysely } from 'kysely'

/** What channels sold and nobody has downloaded, the sales that explain it, and which of it each level holds. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table stock_level add column holds jsonb`.execute(db)
  await createHolds(db)
  await createSales(db)
  await createFunctions(db)
}

async function createHolds(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table channel_hold (
      hold_id text primary key,
      version bigint not null,
      connection_id text not null,
      channel_sku text collate "C" not null,
      item_id text,
      location_id text,
      falls jsonb not null,
      units bigint not null check (units >= 0),
      changed_at timestamptz not null default clock_timestamp(),
      foreign key (item_id, location_id) references stock_level,
      check ((item_id is null) = (location_id is null)),
      check (item_id is not null or units = 0)
    )`.execute(db)
  await sql`
    create index channel_hold_open on channel_hold (connection_id, channel_sku)
     where jsonb_array_length(falls) > 0`.execute(db)
}

async function createSales(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table channel_sale (
      order_line_id text primary key,
      order_id text not null,
      connection_id text not null,
      channel_sku text collate "C" not null,
      sold_at timestamptz not null,
      units bigint not null check (units >= 0)
    )`.execute(db)
  await sql`create index channel_sale_of_sku on channel_sale (connection_id, channel_sku, sold_at)`.execute(db)
  await sql`create index channel_sale_of_order on channel_sale (order_id)`.execute(db)
}

async function createFunctions(db: Kysely<unknown>): Promise<void> {
  // What is held per hold: an entry that is null in the patch goes, an empty result is none.
  await sql`
    create function patched_holds(holds jsonb, patch jsonb) returns jsonb language sql immutable as $$
      select nullif(jsonb_strip_nulls(coalesce(holds, '{}') || patch), '{}')
    $$`.execute(db)
  await sql`
    create function units_held(holds jsonb) returns bigint language sql immutable as $$
      select coalesce(sum(units::bigint), 0)::bigint from jsonb_each_text(holds) as h (hold_id, units)
    $$`.execute(db)
  await sql`
    create function availability_change(location_id text, available bigint, version bigint, holds jsonb) returns jsonb language sql immutable as $$
      select case when holds is null then availability_change(location_id, available, version)
             else availability_change(location_id, available, version) || jsonb_build_object('holds', jsonb_build_object('holds', (
                    select jsonb_agg(jsonb_build_object('holdId', hold_id, 'units', units) order by hold_id)
                      from jsonb_each_text(holds) as h (hold_id, units)))) end
    $$`.execute(db)
}
