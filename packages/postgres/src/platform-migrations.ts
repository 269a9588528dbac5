import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

const createPlatformTables: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table outbox (
        id text primary key,
        seq bigserial not null,
        subject text not null,
        payload jsonb not null,
        traceparent text,
        created_at timestamptz not null default clock_timestamp(),
        published_at timestamptz,
        stream_seq bigint,
        refused_reason text
      ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)`.execute(db)
    await sql`create index outbox_unpublished on outbox (seq) where published_at is null`.execute(db)
    // Rows arrive in the order of their time, so a block range index finds the old ones at next to no cost per insert.
    await sql`create index outbox_created_at on outbox using brin (created_at) with (pages_per_range = 16)`.execute(db)
    await sql`
      create table inbox (
        durable text not null,
        message_id text not null,
        received_at timestamptz not null default clock_timestamp(),
        primary key (durable, message_id)
      )`.execute(db)
    await sql`create index inbox_received_at on inbox using brin (received_at) with (pages_per_range = 16)`.execute(db)
    await sql`
      create table idempotency_answer (
        method text not null,
        key text not null check (length(key) between 1 and 200),
        request_hash bytea not null,
        answer_bytes bytea,
        answer_json jsonb,
        created_at timestamptz not null default clock_timestamp(),
        primary key (method, key)
      )`.execute(db)
    await sql`create index idempotency_answer_created_at on idempotency_answer using brin (created_at)`.execute(db)
    await sql`
      create table relay_lease (
        name text primary key,
        owner text not null,
        epoch bigint not null,
        expires_at timestamptz not null,
        stream_created text,
        stream_last_seq bigint not null default 0
      )`.execute(db)
  },
}

/** The tables that every service's database has. A service merges them with its own migrations; their names sort first. */
export const platformMigrations: Record<string, Migration> = {
  '20261101T0000-create-platform-tables': createPlatformTables,
}
