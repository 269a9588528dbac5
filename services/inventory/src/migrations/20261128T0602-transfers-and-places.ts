import { sql, type Kysely } from 'kysely'

/** Goods between two locations, locations that are gone, and the one account whose figures an FBA location shows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table location add column removed_at timestamptz`.execute(db)
  await sql`
    create table fba_location (
      account_id text primary key,
      location_id text not null unique references location
    )`.execute(db)
  await sql`
    create table transfer (
      id text collate "C" primary key,
      from_location_id text not null references location,
      to_location_id text not null references location,
      state text not null check (state in ('in_flight', 'received', 'cancelled')),
      reference text not null,
      note text not null,
      actor text not null,
      sent_at timestamptz not null default clock_timestamp(),
      ended_at timestamptz,
      check (from_location_id <> to_location_id),
      check ((state = 'in_flight') = (ended_at is null))
    )`.execute(db)
  await sql`create index transfer_from on transfer (from_location_id, id)`.execute(db)
  await sql`create index transfer_to on transfer (to_location_id, id)`.execute(db)
  await sql`
    create table transfer_line (
      transfer_id text collate "C" not null references transfer,
      item_id text not null references item,
      sent bigint not null check (sent > 0),
      received bigint not null default 0 check (received >= 0),
      returned bigint not null default 0 check (returned >= 0),
      primary key (transfer_id, item_id),
      check (received + returned <= sent)
    )`.execute(db)
  await sql`create index transfer_line_item on transfer_line (item_id, transfer_id)`.execute(db)
}
