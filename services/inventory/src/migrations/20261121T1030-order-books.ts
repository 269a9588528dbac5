import { sql, type Kysely } from 'kysely'

/** What orders and despatches did to stock, line by line. */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Revision -1: a despatch of the order came before any snapshot of it.
  await sql`
    create table order_books (
      order_id text primary key,
      revision bigint not null default -1,
      moves_stock boolean not null default true
    )`.execute(db)
  await sql`
    create table line_books (
      order_line_id text primary key,
      order_id text not null references order_books,
      item_id text,
      location_id text,
      ordered bigint not null check (ordered >= 0),
      cancelled bigint not null check (cancelled >= 0),
      fulfilled_on_amazon bigint not null check (fulfilled_on_amazon >= 0),
      despatched bigint not null check (despatched >= 0),
      reserved bigint not null check (reserved >= 0),
      taken bigint not null check (taken >= 0),
      foreign key (item_id, location_id) references stock_level,
      check ((item_id is null) = (location_id is null)),
      check (item_id is not null or (reserved = 0 and taken = 0))
    )`.execute(db)
  await sql`create index line_books_order on line_books (order_id)`.execute(db)
  await sql`create index line_books_reserved on line_books (item_id, location_id) where reserved > 0`.execute(db)
  await sql`
    create table counted_despatch (
      despatch_id text primary key,
      order_id text not null references order_books,
      counted_at timestamptz not null default clock_timestamp()
    )`.execute(db)
}
