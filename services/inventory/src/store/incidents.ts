import { sql, type Kysely, type Transaction } from 'kysely'
import type { IncidentKind } from '../domain/incidents.ts'
import type { Cause, CauseDetail, StockLevel, StockPlace } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'
import { causeJson } from './ledger-and-outbox.ts'

/** A level that has just been moved by this transaction, and why. */
export interface MovedLevel {
  level: StockLevel
  cause: Cause
}

/**
 * Opens, deepens and closes oversells and shortfalls of levels that this transaction holds locked. The lock is what makes it true:
 * nobody else moves the level, or speaks of it here, until this transaction ends.
 */
export async function settleShortages(tx: Transaction<InventoryDb>, moved: readonly MovedLevel[]): Promise<void> {
  if (moved.length === 0) return
  await sql`
    with moved as (
      select * from unnest(
        ${moved.map(({ level }) => level.itemId)}::text[], ${moved.map(({ level }) => level.locationId)}::text[],
        ${moved.map(({ level }) => level.onHand)}::bigint[], ${moved.map(({ level }) => level.available)}::bigint[],
        ${moved.map(({ level }) => level.version)}::bigint[], ${moved.map(({ cause }) => causeJson(cause))}::jsonb[]
      ) as m (item_id, location_id, on_hand, available, version, cause)
    ), shortage as (
      select 'oversell' as kind, moved.*, greatest(0, - available) as units from moved
       union all
      select 'shortfall', moved.*, greatest(0, - on_hand) from moved
    ), opened as (
      insert into stock_incident as incident (kind, item_id, location_id, units, worst_units, cause, opened_version)
      select kind, item_id, location_id, units, units, cause, version from shortage where units > 0
      on conflict (item_id, location_id, kind, reference) where closed_at is null
      do update set units = excluded.units, worst_units = greatest(incident.worst_units, excluded.units)
    )
    update stock_incident as incident
       set units = 0, closed_at = clock_timestamp(), closed_version = shortage.version, closing_cause = shortage.cause
      from shortage
     where shortage.units = 0 and incident.closed_at is null and incident.kind = shortage.kind
       and incident.item_id = shortage.item_id and incident.location_id = shortage.location_id`.execute(tx)
}

/** An incident that only a person ends. */
export interface NewIncident extends StockPlace {
  kind: IncidentKind
  reference: string
  units: number
  cause: Cause
}

/** Opens incidents; one that is open for the same reference stays as it is. */
export async function openIncidents(tx: Transaction<InventoryDb>, incidents: readonly NewIncident[]): Promise<void> {
  if (incidents.length === 0) return
  await sql`
    insert into stock_incident (kind, item_id, location_id, reference, units, worst_units, cause, opened_version)
    select kind, item_id, location_id, reference, units, units, cause, level.version
      from unnest(
        ${incidents.map(({ kind }) => kind)}::text[], ${incidents.map(({ itemId }) => itemId)}::text[],
        ${incidents.map(({ locationId }) => locationId)}::text[], ${incidents.map(({ reference }) => reference)}::text[],
        ${incidents.map(({ units }) => units)}::bigint[], ${incidents.map(({ cause }) => causeJson(cause))}::jsonb[]
      ) as i (kind, item_id, location_id, reference, units, cause)
      join stock_level as level using (item_id, location_id)
    on conflict do nothing`.execute(tx)
}

/** Brings the shortages of one bucket of items in line with their levels: what changed without this service, or before it kept incidents. A kit is short where a component is, whose incident it is. */
export async function repairShortages(tx: Transaction<InventoryDb>, bucket: number): Promise<number> {
  const { rows } = await sql<{ repaired: number }>`
    with short as (
      select kind, level.item_id, level.location_id, level.version, - units as units
        from item join stock_level as level on level.item_id = item.id
             cross join lateral (values ('oversell', level.available), ('shortfall', level.on_hand)) as figure (kind, units)
       where item.digest_bucket = ${bucket}::smallint and level.available < 0 and figure.units < 0 and not item.kit
    ), opened as (
      insert into stock_incident (kind, item_id, location_id, units, worst_units, cause, opened_version)
      select kind, item_id, location_id, units, units,
             coalesce((select cause from stock_movement as movement
                        where movement.item_id = short.item_id and movement.location_id = short.location_id
                        order by movement.id desc limit 1), ${checkedCause}::jsonb), version
        from short
      on conflict do nothing
      returning id
    ), closed as (
      update stock_incident as incident
         set units = 0, closed_at = clock_timestamp(), closed_version = level.version, closing_cause = ${checkedCause}::jsonb
        from item join stock_level as level on level.item_id = item.id
       where item.digest_bucket = ${bucket}::smallint and incident.closed_at is null
         and incident.item_id = level.item_id and incident.location_id = level.location_id
         and ((incident.kind = 'oversell' and level.available >= 0) or (incident.kind = 'shortfall' and level.on_hand >= 0))
      returning incident.id
    )
    select (select count(*) from opened)::int + (select count(*) from closed)::int as repaired`.execute(tx)
  return rows[0]?.repaired ?? 0
}

const checkedCause = JSON.stringify({ kind: 'books_checked', actor: 'inventory' })

/** A level whose books do not add up, with what a person needs to see. */
export interface UnbalancedPlace {
  itemId: string
  locationId: string
  units: number
  note: string
}

/** Keeps one open incident for each of these levels of a bucket, and ends those of the bucket's other levels. */
export async function keepUnbalanced(
  tx: Transaction<InventoryDb>,
  { bucket, found, isWhole }: { bucket: number; found: readonly UnbalancedPlace[]; isWhole: boolean },
): Promise<void> {
  const itemIds = found.map(({ itemId }) => itemId)
  const locationIds = found.map(({ locationId }) => locationId)
  const causes = found.map(({ note }) => JSON.stringify({ kind: 'books_checked', actor: 'inventory', note }))
  await sql`
    with found as (
      select * from unnest(${itemIds}::text[], ${locationIds}::text[], ${found.map(({ units }) => units)}::bigint[], ${causes}::jsonb[])
        as f (item_id, location_id, units, cause)
    ), closed as (
      update stock_incident as incident
         set units = 0, closed_at = clock_timestamp(), closing_cause = ${checkedCause}::jsonb
        from item
       where ${isWhole} and item.digest_bucket = ${bucket}::smallint and incident.item_id = item.id
         and incident.kind = 'unbalanced' and incident.closed_at is null
         and not exists (select from found where found.item_id = incident.item_id and found.location_id = incident.location_id)
    )
    insert into stock_incident as incident (kind, item_id, location_id, units, worst_units, cause, opened_version)
    select 'unbalanced', found.item_id, found.location_id, units, units, cause, level.version
      from found join stock_level as level using (item_id, location_id)
    on conflict (item_id, location_id, kind, reference) where closed_at is null
    do update set units = excluded.units, worst_units = greatest(incident.worst_units, excluded.units)`.execute(tx)
}

/** How many incidents of each kind are open, and the units they are about. */
export async function openIncidentFigures(
  db: Kysely<InventoryDb>,
): Promise<{ kind: IncidentKind; open: number; units: number }[]> {
  const { rows } = await sql<{ kind: IncidentKind; open: number; units: number }>`
    select kind, count(*)::int as open, sum(units)::bigint as units from stock_incident where closed_at is null group by kind`.execute(
    db,
  )
  return rows
}

/** The buckets whose items have an open incident of books that do not add up. */
export async function unbalancedBuckets(db: Kysely<InventoryDb>): Promise<Set<number>> {
  const { rows } = await sql<{ bucket: number }>`
    select distinct item.digest_bucket as bucket
      from stock_incident as incident join item on item.id = incident.item_id
     where incident.kind = 'unbalanced' and incident.closed_at is null`.execute(db)
  return new Set(rows.map(({ bucket }) => bucket))
}

/** Ends an open incident by hand. False when it had ended, or is none. */
export async function endIncident(
  tx: Transaction<InventoryDb>,
  { id, cause }: { id: string; cause: CauseDetail },
): Promise<boolean> {
  const closing = JSON.stringify({ kind: 'resolved', ...cause })
  const { numUpdatedRows } = await tx
    .updateTable('stock_incident')
    .set({ closed_at: sql<Date>`clock_timestamp()`, closing_cause: closing })
    .where('id', '=', id)
    .where('closed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
