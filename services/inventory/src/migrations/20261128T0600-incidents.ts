import { sql, type Kysely } from 'kysely'

/** What a person should look at: units that are promised or gone and were never there, books that do not add up. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  // Ids sort as they were opened. The reference tells several of one kind in one place apart; it is empty where there is one at a time.
  await sql`create sequence stock_incident_number`.execute(db)
  await sql`
    create table stock_incident (
      id text collate "C" primary key default 'inc_' || lpad(nextval('stock_incident_number')::text, 12, '0'),
      kind text not null check (kind in ('oversell', 'shortfall', 'unbalanced', 'cancelled_after_despatch')),
      item_id text not null,
      location_id text not null,
      reference text not null default '',
      units bigint not null,
      worst_units bigint not null,
      cause jsonb not null,
      opened_at timestamptz not null default clock_timestamp(),
      opened_version bigint not null,
      closed_at timestamptz,
      closed_version bigint,
      closing_cause jsonb,
      foreign key (item_id, location_id) references stock_level,
      check ((closed_at is null) = (closing_cause is null))
    )`.execute(db)
  await sql`
    create unique index stock_incident_open on stock_incident (item_id, location_id, kind, reference) where closed_at is null`.execute(
    db,
  )
  await sql`create index stock_incident_item on stock_incident (item_id, id)`.execute(db)
}
