import { type Kysely, sql } from 'kysely'

/** What is learned of a connection's rights, consents that are asked for, and a log of calls that can be searched. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    alter table connection
      add column api text not null default 'sp_api' check (api in ('sp_api', 'mws')),
      add column authorised_at timestamptz,
      add constraint mws_has_no_token check (api = 'sp_api' or refresh_token_sealed is null)`.execute(db)
  await sql`update connection set authorised_at = created_at where refresh_token_sealed is not null`.execute(db)
  await sql`
    alter table api_call
      add column capability text not null default '',
      add column request_type text not null default ''`.execute(db)
  await sql`create index api_call_errors on api_call (connection_id, id desc) where outcome <> 'accepted'`.execute(db)
  await sql`create index api_call_all_errors on api_call (id desc) where outcome <> 'accepted'`.execute(db)
  await sql`
    create table capability_state (
      connection_id text not null references connection (id),
      capability text not null,
      operation text not null,
      request_type text not null default '',
      state text not null check (state in ('working', 'refused', 'unknown')),
      since timestamptz not null,
      noted_at timestamptz not null,
      worked_at timestamptz,
      primary key (connection_id, capability, operation, request_type)
    )`.execute(db)
  await sql`
    create table authorisation (
      id text primary key,
      state_hash bytea not null unique,
      account_id text not null references account (id),
      connection_id text not null references connection (id),
      state text not null default 'waiting' check (state in ('waiting', 'used', 'completed', 'refused')),
      detail text not null default '',
      begun_at timestamptz not null default clock_timestamp(),
      expires_at timestamptz not null
    )`.execute(db)
  await sql`create index authorisation_age on authorisation (begun_at)`.execute(db)
}
