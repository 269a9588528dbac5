import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    create table despatch (
      id text primary key,
      order_id text not null,
      channel_order_id text not null,
      account_id text not null,
      connection_id text not null,
      marketplace_id text not null,
      fulfilled_by text not null constraint only_orders_we_ship check (fulfilled_by = 'MERCHANT'),
      parcel integer not null check (parcel > 0),
      carrier text not null,
      carrier_name text not null,
      service text not null,
      tracking text not null,
      state text not null check (state in ('planned', 'submitted', 'confirmed', 'failed', 'rejected', 'not_required', 'held')),
      attempts integer not null default 0,
      failures integer not null default 0,
      next_attempt_at timestamptz,
      sending_since timestamptz,
      error text not null default '',
      actor text not null,
      despatched_at timestamptz not null,
      snapshot_at timestamptz not null,
      claimed_by text,
      claimed_until timestamptz,
      claim_attempts integer not null default 0,
      unique (order_id, parcel)
    )`.execute(db)
  await sql`create index despatch_due on despatch (next_attempt_at) where next_attempt_at is not null`.execute(db)
  await sql`
    create table despatch_line (
      despatch_id text not null references despatch,
      order_line_id text not null,
      channel_line_id text not null,
      item_id text not null,
      location_id text not null,
      quantity integer not null check (quantity > 0),
      primary key (despatch_id, order_line_id)
    )`.execute(db)
  await sql`create index despatch_line_by_order_line on despatch_line (order_line_id)`.execute(db)
  await sql`
    create table despatch_attempt (
      despatch_id text not null references despatch,
      number integer not null,
      at timestamptz not null default clock_timestamp(),
      outcome text not null,
      detail text not null,
      primary key (despatch_id, number, outcome)
    )`.execute(db)
  // The record of what was sent is never rewritten. A trigger, because rules would forbid "on conflict" on this table.
  await sql`
    create function refuse_attempt_change() returns trigger language plpgsql as $$
    begin
      raise exception 'the record of attempts is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
    end $$`.execute(db)
  await sql`
    create trigger despatch_attempt_is_append_only before update or delete or truncate on despatch_attempt
      for each statement execute function refuse_attempt_change()`.execute(db)
}
