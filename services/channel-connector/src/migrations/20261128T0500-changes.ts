import { type Kysely, sql } from 'kysely'

/** Changes of rules that are shown first, kept and undone; the account that decides for a shared SKU; a share of nothing. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`alter table connection add column group_owner_id text references account (id)`.execute(db)
  await sql`alter table account add column settings_version integer not null default 1`.execute(db)
  await createLeadTimes(db)
  await allowNoShare(db, 'account')
  await allowNoShare(db, 'listing')
  await sql`
    alter table dry_run
      add column change jsonb,
      add column inverse jsonb,
      add column shape text,
      add column zeros_confirmation text`.execute(db)
  await sql`
    create table rule_change (
      id text primary key,
      account_id text not null references account (id),
      change jsonb not null,
      inverse jsonb not null,
      actor text not null,
      at timestamptz not null default clock_timestamp(),
      undoes text references rule_change (id),
      undone_by text references rule_change (id)
    )`.execute(db)
  await sql`alter table group_state add column conflict_kind text`.execute(db)
  await sql`
    update group_state set conflict_kind = pacing::jsonb #>> '{computation,conflict,kind}'
     where pacing like '%"conflict":{%'`.execute(db)
  await sql`
    create index group_state_conflict on group_state (connection_id, channel_sku) where conflict_kind is not null`.execute(
    db,
  )
  await sql`create index rule_change_of_account on rule_change (account_id, id desc)`.execute(db)
}

async function createLeadTimes(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table account add column product_lead_times boolean not null default false,
      add constraint one_kind_of_lead_time check (not (product_lead_times and default_lead_time_days is not null))`.execute(
    db,
  )
  await sql`
    create table item_lead_time (
      item_id text primary key,
      version bigint not null,
      for_all integer check (for_all between 1 and 30),
      by_account jsonb not null default '{}'
    )`.execute(db)
}

async function allowNoShare(db: Kysely<unknown>, table: 'account' | 'listing'): Promise<void> {
  const name = sql.ref(`${table}_stock_percentage_check`)
  await sql`
    alter table ${sql.table(table)} drop constraint ${name},
      add constraint ${name} check (stock_percentage between 0 and 100)`.execute(db)
}
