import { sql, type Kysely } from 'kysely'

/** Units set aside for callers that asked before they sold. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table reservation (
      id text primary key,
      reference text not null,
      actor text not null,
      created_at timestamptz not null default clock_timestamp(),
      released_at timestamptz
    )`.execute(db)
  await sql`
    create table reservation_line (
      reservation_id text not null references reservation,
      item_id text not null,
      location_id text not null,
      quantity bigint not null check (quantity > 0),
      primary key (reservation_id, item_id, location_id),
      foreign key (item_id, location_id) references stock_level
    )`.execute(db)
  await sql`create index reservation_open on reservation (id) where released_at is null`.execute(db)
}
