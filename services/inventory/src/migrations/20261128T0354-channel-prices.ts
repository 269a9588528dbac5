import { sql, type Kysely } from 'kysely'

/** What items cost in channel accounts. A price that was taken away keeps its row, so that its version goes on rising. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    create table channel_price (
      item_id text not null references item,
      account_id text collate "C" not null check (char_length(account_id) between 1 and 60),
      price_minor bigint check (price_minor > 0),
      price_currency text,
      version bigint not null default 1,
      changed_at timestamptz not null default clock_timestamp(),
      actor text not null,
      primary key (item_id, account_id),
      check ((price_minor is null) = (price_currency is null))
    )`.execute(db)
}
