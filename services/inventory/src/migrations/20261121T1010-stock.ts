import { sql, type Kysely } from 'kysely'

/** The level of each item in each location, and the ledger that explains it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createStockLevel(db)
  await createStockMovement(db)
  await createEventFunctions(db)
}

async function createStockLevel(db: Kysely<unknown>): Promise<void> {
  // Every change is an update of the same few rows: the free space keeps the new version on the same page, without touching the index.
  await sql`
    create table stock_level (
      item_id text not null references item,
      location_id text not null references location,
      on_hand bigint not null default 0,
      reserved bigint not null default 0 check (reserved >= 0),
      held bigint not null default 0 check (held >= 0),
      available bigint not null generated always as (on_hand - reserved - held) stored,
      version bigint not null default 1,
      figure_at timestamptz,
      primary key (item_id, location_id)
    ) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05)`.execute(db)
}

/** No foreign key to the level: a row is only ever written by the statement that has just changed that level. */
async function createStockMovement(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table stock_movement (
      id bigint generated always as identity,
      item_id text not null,
      location_id text not null,
      on_hand_change bigint not null,
      reserved_change bigint not null,
      held_change bigint not null,
      on_hand_after bigint not null,
      reserved_after bigint not null,
      version bigint not null,
      cause jsonb not null,
      at timestamptz not null default clock_timestamp(),
      primary key (item_id, id)
    )`.execute(db)
  await sql`
    create function refuse_change_of_ledger() returns trigger language plpgsql as $$
    begin
      raise exception 'the stock ledger is append-only: correct it by a new movement' using errcode = 'insufficient_privilege';
    end $$`.execute(db)
  await sql`
    create trigger stock_movement_append_only before update or delete or truncate on stock_movement
    for each statement execute function refuse_change_of_ledger()`.execute(db)
}

/** AvailabilityChanged as canonical proto3 JSON: 64-bit numbers are text, and what is empty is left out. */
async function createEventFunctions(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function availability_change(location_id text, available bigint, version bigint) returns jsonb language sql immutable as $$
      select jsonb_strip_nulls(jsonb_build_object(
        'locationId', location_id, 'available', nullif(available, 0)::text, 'version', version::text))
    $$`.execute(db)
  await sql`
    create function availability_changed(item_id text, changes jsonb, cause jsonb, at timestamptz) returns jsonb language sql stable as $$
      select jsonb_build_object(
        'itemId', item_id, 'changes', changes, 'cause', cause, 'at', to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    $$`.execute(db)
}
