import type { Ids } from '@lockstep/contracts/ids'
import { traceparent } from '@lockstep/telemetry/trace'
import { sql, type Transaction } from 'kysely'
import { mostUnits } from '../domain/quantities.ts'
import type { CauseDetail, StockLevel, StockMove } from '../domain/stock.ts'
import { availabilityEvents } from '../events/availability-events.ts'
import type { InventoryDb } from './inventory-db.ts'
import { causeJson, ledgerAndOutbox } from './ledger-and-outbox.ts'

export interface StockMoves {
  /** Each place once. A place that has no level is left out of the answer. */
  moves: readonly StockMove[]
  /**
   * Which moves are refused. `shelf`: those that take on-hand below 0 or further below, or above what a place may hold. `available`: those that reserve more than is available.
   * `free`: those that take more off the shelf than is available there, or above what a place may hold. `never`: none, because they are facts.
   */
  refuse: 'never' | 'shelf' | 'available' | 'free'
  /** What is written when some are refused: nothing, or the others. `nothing` only tells which would be. */
  write: 'all' | 'others' | 'nothing'
  cause: CauseDetail
}

/** What became of one move. */
export interface MoveOutcome {
  outcome: 'moved' | 'unchanged' | 'refused' | 'left'
  availableBefore: number
  /** As it is after the statement. */
  level: StockLevel
}

/**
 * Moves levels and announces them: level, ledger and outbox in one statement, so that the order of row locks, of versions and of events is the same.
 * The levels are locked here and nowhere earlier, by item and location, so that two batches cannot deadlock; they stay locked until the transaction ends.
 * A move that changes nothing writes nothing. All locations of an item that change make one event.
 */
export async function moveStock(tx: Transaction<InventoryDb>, ids: Ids, batch: StockMoves): Promise<MoveOutcome[]> {
  if (batch.moves.length === 0) return []
  const { rows } = await movingStatement(parametersOf(batch, ids)).execute(tx)
  return rows.map(({ outcome, availableBefore, ...level }) => ({ outcome, availableBefore, level }))
}

type MovedRow = StockLevel & Pick<MoveOutcome, 'outcome' | 'availableBefore'>

function parametersOf({ moves, refuse, write, cause }: StockMoves, ids: Ids) {
  const eventOf = availabilityEvents(ids)
  const events = moves.map((move) => eventOf(move.itemId))
  return {
    itemIds: moves.map((move) => move.itemId),
    locationIds: moves.map((move) => move.locationId),
    onHandTo: moves.map((move) => move.onHandTo ?? null),
    onHandBy: moves.map((move) => move.onHandBy ?? 0),
    reservedBy: moves.map((move) => move.reservedBy ?? 0),
    holds: moves.map((move) => (move.holds ? JSON.stringify(move.holds) : null)),
    kinds: moves.map((move) => move.kind),
    eventIds: events.map((event) => event.eventId),
    subjects: events.map((event) => event.subject),
    refuse,
    write,
    cause: causeJson(cause),
    traceparent: traceparent() ?? null,
  }
}

// A row that changed while it was waited for is read again: what is decided on is what the lock gave back. The key stays free for the foreign keys that refer to it.
const movingStatement = (p: ReturnType<typeof parametersOf>) => sql<MovedRow>`
  with wanted as (
    select * from unnest(
      ${p.itemIds}::text[], ${p.locationIds}::text[], ${p.onHandTo}::bigint[], ${p.onHandBy}::bigint[], ${p.reservedBy}::bigint[],
      ${p.holds}::text[], ${p.kinds}::text[], ${p.eventIds}::text[], ${p.subjects}::text[]
    ) as w (item_id, location_id, on_hand_to, on_hand_by, reserved_by, holds, kind, event_id, subject)
  ), locked as materialized (
    select l.item_id, l.location_id, l.on_hand, l.reserved, l.held, l.holds, l.available, l.version, l.figure_at, w.kind, w.event_id, w.subject,
           coalesce(w.on_hand_to, l.on_hand + w.on_hand_by) as on_hand_after, l.reserved + w.reserved_by as reserved_after,
           case when w.holds is null then l.holds else patched_holds(l.holds, w.holds::jsonb) end as holds_after
      from wanted w join stock_level l on l.item_id = w.item_id and l.location_id = w.location_id
     order by l.item_id, l.location_id
       for no key update of l
  ), judged as materialized (
    select *, case when holds_after is null then 0 else units_held(holds_after) end as held_after,
           (on_hand_after, reserved_after) is distinct from (on_hand, reserved) or holds_after is distinct from holds as differs,
           case ${p.refuse}::text
             when 'shelf' then on_hand_after < least(0, on_hand) or on_hand_after > greatest(${mostUnits}::bigint, on_hand)
             when 'available' then reserved_after > reserved and reserved_after - reserved > available
             when 'free' then (on_hand_after < on_hand and on_hand - on_hand_after > available) or on_hand_after > greatest(${mostUnits}::bigint, on_hand)
             else false
           end as refused
      from locked
  ), decided as materialized (
    select *, case
             when refused then 'refused'
             when not differs then 'unchanged'
             when ${p.write}::text = 'others' then 'moved'
             when ${p.write}::text = 'all' and not exists (select from judged where refused) then 'moved'
             else 'left'
           end as outcome
      from judged
  ), moved as (
    update stock_level l set on_hand = d.on_hand_after, reserved = d.reserved_after, held = d.held_after, holds = d.holds_after, version = l.version + 1
      from decided d
     where d.outcome = 'moved' and l.item_id = d.item_id and l.location_id = d.location_id
    returning l.item_id, l.location_id, l.on_hand, l.reserved, l.held, l.holds, l.available, l.version, l.figure_at, d.available as available_before,
              l.on_hand - d.on_hand as on_hand_change, l.reserved - d.reserved as reserved_change, l.held - d.held as held_change, d.event_id, d.subject,
              ${p.cause}::jsonb || jsonb_build_object('kind', d.kind) as cause, clock_timestamp() as at
  ), ${ledgerAndOutbox(p.traceparent)}, levels as (
    select item_id, location_id, on_hand, reserved, held, available, version, figure_at, available_before, 'moved' as outcome from moved
     union all
    select item_id, location_id, on_hand, reserved, held, available, version, figure_at, available, outcome from decided where outcome <> 'moved'
  )
  select level.item_id as "itemId", level.location_id as "locationId", location.name as "locationName", location.kind as "locationKind",
         level.on_hand as "onHand", level.reserved, level.held, level.available, level.version, level.figure_at as "figureAt",
         level.available_before as "availableBefore", level.outcome
    from levels as level join location on location.id = level.location_id`
