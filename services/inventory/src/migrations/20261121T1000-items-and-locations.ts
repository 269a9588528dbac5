import { sql, type Kysely } from 'kysely'

/** What is kept in stock, and where. Both are for the whole organisation: no account appears here. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createItem(db)
  await createLocation(db)
}

async function createItem(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table item (
      id text primary key,
      sku text collate "C" not null unique check (char_length(sku) between 1 and 40),
      title text not null,
      kit boolean not null default false,
      created_at timestamptz not null default clock_timestamp(),
      digest_bucket smallint not null generated always as (get_byte(decode(md5(id), 'hex'), 0)) stored
    )`.execute(db)
  await sql`create index item_digest_bucket on item (digest_bucket, id)`.execute(db)
}

async function createLocation(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table location (
      id text primary key,
      name text not null unique check (char_length(name) between 1 and 80),
      kind text not null check (kind in ('own', 'third_party', 'fba')),
      is_default boolean not null default false,
      created_at timestamptz not null default clock_timestamp()
    )`.execute(db)
  await sql`create unique index location_one_default on location (is_default) where is_default`.execute(db)
  await sql`
    insert into location (id, name, kind, is_default)
    values ('loc_00000000000000000000000000', 'Default', 'own', true)`.execute(db)
  await sql`
    create function refuse_change_of_default_location() returns trigger language plpgsql as $$
    begin
      raise exception 'the Default location is always there: it is neither renamed nor removed' using errcode = 'restrict_violation';
    end $$`.execute(db)
  await sql`
    create trigger location_default_stays before update or delete on location
    for each row when (old.is_default) execute function refuse_change_of_default_location()`.execute(db)
}
