import { sql, type Kysely } from 'kysely'

/** Orders, their lines, what left of them by our despatches, and the work still owed to them. Never buyer data. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await createSalesOrder(db)
  await createOrderLine(db)
  await createOrderLineDespatch(db)
  await createPollChange(db)
  await createResolutionDue(db)
}

async function createSalesOrder(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sales_order (
      id text primary key,
      seller_id text not null,
      channel_order_id text not null,
      connection_id text not null references connection_poll (connection_id),
      account_id text references channel_account (id),
      marketplace text not null,
      marketplace_id text not null,
      fulfilled_by text not null check (fulfilled_by in ('MERCHANT', 'AMAZON')),
      channel_status text not null,
      state text not null check (state in ('parked', 'open', 'processed', 'cancelled')),
      location_id text,
      revision integer not null check (revision > 0),
      created_at timestamptz not null,
      channel_updated_at timestamptz not null,
      received_at timestamptz not null,
      read_at timestamptz not null,
      ship_by timestamptz,
      buyer_cancel_requested boolean not null,
      before_go_live boolean not null,
      programs text[] not null,
      finding text check (finding in ('UNKNOWN_STATUS', 'NO_ACCOUNT')),
      payload jsonb not null,
      unique (seller_id, channel_order_id)
    )`.execute(db)
  await sql`create index sales_order_newest on sales_order (created_at desc, id desc)`.execute(db)
  await sql`create index sales_order_of_account on sales_order (account_id, created_at desc, id desc)`.execute(db)
  await sql`create index sales_order_of_channel on sales_order (channel_order_id)`.execute(db)
  await sql`create index sales_order_finding on sales_order (connection_id) where finding is not null`.execute(db)
}

async function createOrderLine(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table order_line (
      id text primary key,
      order_id text not null references sales_order (id),
      position integer not null,
      channel_line_id text not null,
      channel_sku text collate "C" not null,
      title text not null,
      listing_id text,
      item_id text,
      item_sku text,
      location_id text,
      ordered integer not null check (ordered >= 0),
      cancelled integer not null check (cancelled >= 0),
      fulfilled_on_amazon integer not null check (fulfilled_on_amazon >= 0),
      shipped_before_go_live integer not null check (shipped_before_go_live >= 0),
      price_minor bigint,
      price_currency text,
      ask_place boolean not null default false,
      unique (order_id, channel_line_id),
      constraint price_is_whole check ((price_minor is null) = (price_currency is null))
    )`.execute(db)
  await sql`create index order_line_without_place on order_line (channel_sku) where item_id is null`.execute(db)
  await sql`create index order_line_to_ask on order_line (order_id) where ask_place`.execute(db)
}

async function createOrderLineDespatch(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table order_line_despatch (
      despatch_id text not null,
      order_line_id text not null references order_line (id),
      quantity integer not null check (quantity >= 0),
      primary key (despatch_id, order_line_id)
    )`.execute(db)
  await sql`create index order_line_despatch_of_line on order_line_despatch (order_line_id)`.execute(db)
}

/** The orders that the running window changed: they go into the event that ends it, whoever ends it. */
async function createPollChange(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table poll_change (
      connection_id text not null references connection_poll (connection_id),
      order_id text not null references sales_order (id),
      revision integer not null,
      primary key (connection_id, order_id)
    )`.execute(db)
}

/** One row per connection that has lines whose place must be asked for again. */
async function createResolutionDue(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table resolution_due (
      connection_id text primary key references connection_poll (connection_id),
      next_at timestamptz,
      claimed_by text,
      claimed_until timestamptz,
      attempts integer not null default 0
    )`.execute(db)
}
