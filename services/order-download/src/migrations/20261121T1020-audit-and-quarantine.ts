import { sql, type Kysely } from 'kysely'

/** The audit trail, which nobody can change, and the orders that could not be taken in. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await createAuditEntry(db)
  await createQuarantine(db)
}

async function createAuditEntry(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table audit_entry (
      id bigserial primary key,
      order_id text not null references sales_order (id),
      at timestamptz not null,
      text text not null,
      note text not null,
      actor text not null,
      cause text not null,
      old_value text not null,
      new_value text not null
    )`.execute(db)
  await sql`create index audit_entry_of_order on audit_entry (order_id, at, id)`.execute(db)
  await sql`
    create function refuse_audit_change() returns trigger language plpgsql as $$
    begin
      raise exception 'the audit trail is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
    end $$`.execute(db)
  // A trigger binds the tables' owner, too; a missing grant would not.
  await sql`
    create trigger audit_entry_is_append_only before update or delete or truncate on audit_entry
    for each statement execute function refuse_audit_change()`.execute(db)
}

async function createQuarantine(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table quarantined_order (
      id text primary key,
      connection_id text not null references connection_poll (connection_id),
      account_id text references channel_account (id),
      seller_id text not null,
      source_key text not null,
      channel_order_id text,
      marketplace_id text,
      reason text not null,
      payload jsonb,
      first_seen_at timestamptz not null,
      last_seen_at timestamptz not null,
      seen integer not null default 1,
      resolved_at timestamptz,
      unique (connection_id, source_key)
    )`.execute(db)
  await sql`create index quarantined_order_newest on quarantined_order (first_seen_at desc, id desc) where resolved_at is null`.execute(
    db,
  )
  await sql`create index quarantined_order_of_channel on quarantined_order (channel_order_id) where resolved_at is null`.execute(
    db,
  )
}
