import { sql, type Kysely } from 'kysely'

/** Items that are put together from others, and places whose stock nobody counts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`set local lock_timeout = '5s'`.execute(db)
  await sql`
    alter table item
      add column version bigint not null default 1,
      add column untracked_in text[] not null default '{}',
      add constraint item_id_kit unique (id, kit)`.execute(db)
  await createComposition(db)
  await createKitTouches(db)
  await createLineMakeup(db)
}

/** The two constant columns let the foreign keys say that a kit holds no kit, itself included, and that only a kit has components. */
async function createComposition(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table kit (
      item_id text primary key references item,
      due_at timestamptz,
      due_component text,
      attempts integer not null default 0
    )`.execute(db)
  await sql`create index kit_due on kit (due_at) where due_at is not null`.execute(db)
  await sql`
    create table kit_component (
      kit_id text not null references kit,
      component_id text not null,
      quantity bigint not null check (quantity between 1 and 10000),
      of_kit boolean not null default true check (of_kit),
      is_kit boolean not null default false check (not is_kit),
      primary key (kit_id, component_id),
      foreign key (kit_id, of_kit) references item (id, kit),
      foreign key (component_id, is_kit) references item (id, kit)
    )`.execute(db)
  await sql`create index kit_component_used on kit_component (component_id)`.execute(db)
}

/** Whoever changes a level of a component, by whatever statement, has touched its kits: they are computed anew after the commit. */
async function createKitTouches(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table kit_touch (
      id bigint generated always as identity primary key,
      component_id text not null
    ) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)`.execute(db)
  await sql`
    create function touch_kits() returns trigger language plpgsql as $$
    begin
      insert into kit_touch (component_id)
      select distinct changed.item_id from changed
       where exists (select from kit_component where kit_component.component_id = changed.item_id);
      return null;
    end $$`.execute(db)
  await sql`
    create trigger stock_level_update_touches_kits after update on stock_level
    referencing new table as changed for each statement execute function touch_kits()`.execute(db)
  await sql`
    create trigger stock_level_insert_touches_kits after insert on stock_level
    referencing new table as changed for each statement execute function touch_kits()`.execute(db)
}

/** What an order line takes when it is not simply its item: fixed when its item is first known, so that what was reserved is what is given back. */
async function createLineMakeup(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table line_makeup (
      order_line_id text primary key,
      item_id text not null,
      parts jsonb not null,
      fixed_at timestamptz not null default clock_timestamp()
    )`.execute(db)
}
