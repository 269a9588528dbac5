import type { Ids } from '@lockstep/contracts/ids'
import { traceparent } from '@lockstep/telemetry/trace'
import { sql, type Transaction } from 'kysely'
import type { CauseDetail, MoveKind, StockPlace } from '../domain/stock.ts'
import { availabilityEvents } from '../events/availability-events.ts'
import type { InventoryDb } from './inventory-db.ts'
import { causeJson, ledgerAndOutbox } from './ledger-and-outbox.ts'

/** A place that is new: its item or its location has just been created. */
export interface NewPlace extends StockPlace {
  onHand: number
  /** The same for all places of one item. */
  kind: MoveKind
}

/** Opens levels that do not exist yet and announces them, one event per item. Only units that are there already make a ledger entry. */
export async function openLevels(
  tx: Transaction<InventoryDb>,
  ids: Ids,
  { places, cause }: { places: readonly NewPlace[]; cause: CauseDetail },
): Promise<void> {
  if (places.length === 0) return
  const eventOf = availabilityEvents(ids)
  const events = places.map((place) => eventOf(place.itemId))
  await sql`
    with wanted as (
      select * from unnest(
        ${places.map((place) => place.itemId)}::text[], ${places.map((place) => place.locationId)}::text[],
        ${places.map((place) => place.onHand)}::bigint[], ${places.map((place) => place.kind)}::text[],
        ${events.map((event) => event.eventId)}::text[], ${events.map((event) => event.subject)}::text[]
      ) as w (item_id, location_id, on_hand, kind, event_id, subject)
    ), opened as (
      insert into stock_level (item_id, location_id, on_hand) select item_id, location_id, on_hand from wanted
      returning item_id, location_id, on_hand, reserved, held, holds, available, version
    ), moved as (
      select o.*, o.on_hand as on_hand_change, 0 as reserved_change, 0 as held_change, w.event_id, w.subject,
             ${causeJson(cause)}::jsonb || jsonb_build_object('kind', w.kind) as cause, clock_timestamp() as at
        from opened o join wanted w on w.item_id = o.item_id and w.location_id = o.location_id
    ), ${ledgerAndOutbox(traceparent() ?? null)}
    select 1`.execute(tx)
}
