import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import { sql, type Transaction } from 'kysely'
import type { StockLevel, StockPlace } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'
import { causeJson } from './ledger-and-outbox.ts'
import type { MoveOutcome } from './move-stock.ts'

/** One reservation that wants units of the place. */
export interface ReservationInTurn {
  id: string
  reference: string
  actor: string
  quantity: number
  /** The trace of the caller, who is one of several here. */
  traceparent: string | undefined
}

export interface PlaceInTurn extends StockPlace {
  reservations: readonly ReservationInTurn[]
}

/**
 * Reserves units of one place for several callers in turn, as if each had come alone after the one before: every reservation has its own version of the level, ledger entry,
 * event and record, and is refused by itself where too little is left for it. Two statements whatever their number; the first locks the level until the transaction ends.
 * Answers in the order of the reservations, each with the level as it was after its own turn; empty when the place has no level.
 */
export async function reserveInTurn(
  tx: Transaction<InventoryDb>,
  ids: Ids,
  { reservations, ...place }: PlaceInTurn,
): Promise<MoveOutcome[]> {
  const level = await lockLevel(tx, place)
  if (!level) return []
  const outcomes = outcomesOf(level, reservations)
  const served = reservations.filter((_, index) => outcomes[index]?.outcome === 'moved')
  if (served.length > 0) await saveTurns(tx, ids, { ...place, reservations: served })
  return outcomes
}

async function lockLevel(tx: Transaction<InventoryDb>, place: StockPlace): Promise<StockLevel | undefined> {
  const { rows } = await sql<StockLevel>`
    select level.item_id as "itemId", level.location_id as "locationId", location.name as "locationName", location.kind as "locationKind",
           level.on_hand as "onHand", level.reserved, level.held, level.available, level.version, level.figure_at as "figureAt"
      from stock_level as level join location on location.id = level.location_id
     where level.item_id = ${place.itemId} and level.location_id = ${place.locationId}
       for no key update of level`.execute(tx)
  return rows[0]
}

function outcomesOf(first: StockLevel, reservations: readonly ReservationInTurn[]): MoveOutcome[] {
  let level = first
  return reservations.map(({ quantity }) => {
    const availableBefore = level.available
    if (quantity > availableBefore) return { outcome: 'refused', availableBefore, level }
    const [reserved, available] = [level.reserved + quantity, level.available - quantity]
    level = { ...level, reserved, available, version: level.version + 1 }
    return { outcome: 'moved', availableBefore, level }
  })
}

// The level moves once, by the sum of the turns; each turn's entry and event show it as it would have been had it moved for that turn alone.
async function saveTurns(
  tx: Transaction<InventoryDb>,
  ids: Ids,
  { itemId, locationId, reservations }: PlaceInTurn,
): Promise<void> {
  const subject = subjects.availability.changed(itemId)
  const causes = reservations.map(({ id, actor, reference }) =>
    causeJson({ reference: id, actor, note: reference, kind: 'reserved' }),
  )
  await sql`
    with wanted as (
      select *, (sum(quantity) over (order by turn))::bigint as so_far
        from unnest(
          ${reservations.map(({ id }) => id)}::text[], ${reservations.map(({ reference }) => reference)}::text[],
          ${reservations.map(({ actor }) => actor)}::text[], ${reservations.map(({ quantity }) => quantity)}::bigint[],
          ${reservations.map(() => ids.next('evt'))}::text[], ${causes}::jsonb[],
          ${reservations.map(({ traceparent }) => traceparent ?? null)}::text[]
        ) with ordinality as w (id, reference, actor, quantity, event_id, cause, traceparent, turn)
    ), moved as (
      update stock_level as level set reserved = level.reserved + total.units, version = level.version + total.turns
        from (select sum(quantity)::bigint as units, count(*) as turns from wanted) as total
       where level.item_id = ${itemId} and level.location_id = ${locationId}
      returning level.*, total.units, total.turns
    ), taken as materialized (
      select moved.item_id, moved.location_id, moved.on_hand, moved.held, moved.holds, moved.reserved - moved.units + so_far as reserved,
             moved.available + moved.units - so_far as available, moved.version - moved.turns + turn as version, wanted.id, wanted.reference, wanted.actor,
             quantity, event_id, cause, traceparent, turn, clock_timestamp() as at
        from moved cross join wanted
    ), entered as (
      insert into stock_movement (item_id, location_id, on_hand_change, reserved_change, held_change, on_hand_after, reserved_after, held_after, version, cause, at)
      select item_id, location_id, 0, quantity, 0, on_hand, reserved, held, version, cause, at from taken order by turn
    ), announced as (
      insert into outbox (id, subject, payload, traceparent)
      select event_id, ${subject}, availability_changed(item_id, jsonb_build_array(availability_change(location_id, available, version, holds)), cause, at), traceparent
        from taken order by turn
    ), kept as (
      insert into reservation (id, reference, actor) select id, reference, actor from taken
    )
    insert into reservation_line (reservation_id, item_id, location_id, quantity)
    select id, item_id, location_id, quantity from taken`.execute(tx)
}
