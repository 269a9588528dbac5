import type { Ids } from '@lockstep/contracts/ids'
import { traceparent } from '@lockstep/telemetry/trace'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { CauseDetail, MoveKind } from '../domain/stock.ts'
import { availabilityEvents } from '../events/availability-events.ts'
import type { InventoryDb } from './inventory-db.ts'
import { causeJson, ledgerAndOutbox } from './ledger-and-outbox.ts'

/** A kit whose levels are computed, and why. */
export interface KitToCompute {
  kitId: string
  kind: MoveKind
  cause: CauseDetail
  /** A location whose number is announced although it stays the same: an order has moved components there. */
  announceIn?: string
}

/**
 * Computes kits from their components, location by location, and announces those levels that changed: one event per kit. What a location makes is what its scarcest component
 * makes; a component that is short takes the kit below 0, too. Amazon puts nothing together: what its own locations hold of a kit is packed already, and its figure.
 * The caller holds the kits' rows (or has just made them), so that what is read here is newer than whatever computed them last.
 * A kit's level has no reservations and no ledger: those are its components'.
 */
export async function computeKitLevels(
  tx: Transaction<InventoryDb>,
  ids: Ids,
  kits: readonly KitToCompute[],
): Promise<number> {
  if (kits.length === 0) return 0
  const eventOf = availabilityEvents(ids)
  const events = kits.map((kit) => eventOf(kit.kitId))
  const causes = kits.map(({ kind, cause }) => causeJson({ ...cause, kind }))
  const { rows } = await sql<{ moved: number }>`
    with wanted as (
      select item_id, cause::jsonb as cause, event_id, subject, announce_in
        from unnest(${kits.map((kit) => kit.kitId)}::text[], ${causes}::text[], ${events.map((event) => event.eventId)}::text[],
                    ${events.map((event) => event.subject)}::text[], ${kits.map((kit) => kit.announceIn ?? null)}::text[])
             as w (item_id, cause, event_id, subject, announce_in)
    ), computed as (
      select own.item_id, own.location_id, wanted.cause, wanted.event_id, wanted.subject, wanted.announce_in,
             coalesce(min(floor(part.available::numeric / component.quantity)), 0)::bigint as makes
        from wanted
        join stock_level as own on own.item_id = wanted.item_id
        join location on location.id = own.location_id and location.kind <> 'fba'
        left join kit_component as component on component.kit_id = wanted.item_id
        left join stock_level as part on part.item_id = component.component_id and part.location_id = own.location_id
       group by own.item_id, own.location_id, wanted.cause, wanted.event_id, wanted.subject, wanted.announce_in
    ), moved as (
      update stock_level l set on_hand = computed.makes, version = l.version + 1
        from computed
       where l.item_id = computed.item_id and l.location_id = computed.location_id
         and (l.on_hand <> computed.makes or l.location_id = computed.announce_in)
      returning l.item_id, l.location_id, l.on_hand, l.reserved, l.held, l.available, l.version, l.holds, 0 as on_hand_change, 0 as reserved_change, 0 as held_change,
                computed.event_id, computed.subject, computed.cause, clock_timestamp() as at
    ), ${ledgerAndOutbox(traceparent() ?? null)}
    select count(*) as moved from moved`.execute(tx)
  return rows[0]?.moved ?? 0
}

const mostTouches = 5_000
// An arbitrary number of our own.
const markingLock = 7_100_061

/** Locks those of the items that are kits, so that they can be computed, and answers their ids. */
export async function lockKits(tx: Transaction<InventoryDb>, itemIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select item_id as id from kit where item_id = any(${[...itemIds]}::text[]) order by item_id for update`.execute(tx)
  return new Set(rows.map((row) => row.id))
}

/** Whether there is anything to do: one look, at next to no cost where there are no kits. */
export async function hasKitWork(db: Kysely<InventoryDb>): Promise<boolean> {
  const { rows } = await sql<{ work: boolean }>`
    select exists (select from kit_touch) or exists (select from kit where due_at <= clock_timestamp()) as work`.execute(
    db,
  )
  return rows[0]?.work ?? false
}

/** Makes those kits due whose components' levels have changed. Where several replicas look, one of them does it. */
export async function makeTouchedKitsDue(db: Kysely<InventoryDb>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ ours: boolean }>`select pg_try_advisory_xact_lock(${markingLock}) as ours`.execute(tx)
    if (!rows[0]?.ours) return
    await sql`
      with taken as (
        delete from kit_touch where id in (select id from kit_touch order by id limit ${mostTouches}) returning component_id
      ), touched as (
        select kit_id, min(component_id) as component_id from kit_component join taken using (component_id) group by kit_id
      )
      update kit set due_at = clock_timestamp(), due_component = touched.component_id, attempts = 0
        from touched where kit.item_id = touched.kit_id`.execute(tx)
  })
}

export interface DueKit {
  kitId: string
  component: string | null
}

/** Locks kits that are due until the transaction ends, and marks them done; those that another worker has are left to it. */
export async function takeDueKits(
  tx: Transaction<InventoryDb>,
  which: { limit: number; only?: string },
): Promise<DueKit[]> {
  const { rows } = await sql<DueKit>`
    update kit set due_at = null, attempts = 0
     where item_id in (select item_id from kit
                        where due_at <= clock_timestamp() and (${which.only ?? null}::text is null or item_id = ${which.only ?? null}::text)
                        order by due_at limit ${which.limit} for update skip locked)
    returning item_id as "kitId", due_component as component`.execute(tx)
  return rows
}

/** Kits that are due, as they stand, longest first. */
export async function listDueKits(db: Kysely<InventoryDb>, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select item_id as id from kit where due_at <= clock_timestamp() order by due_at limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}

/** Puts a kit off that could not be computed, further with each failure: to an hour at most. */
export async function putKitOff(db: Kysely<InventoryDb>, kitId: string): Promise<void> {
  await sql`
    update kit set attempts = attempts + 1, due_at = clock_timestamp() + least(3600, 2 ^ least(attempts, 12)) * interval '1 second'
     where item_id = ${kitId}`.execute(db)
}
