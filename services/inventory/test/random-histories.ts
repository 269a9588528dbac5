import fc from 'fast-check'
import { adjustStock } from '../src/commands/adjust-stock.ts'
import { applyOrderSnapshot } from '../src/commands/apply-order-snapshot.ts'
import { countDespatch } from '../src/commands/count-despatch.ts'
import { releaseReservation } from '../src/commands/release-reservation.ts'
import { reserveStock } from '../src/commands/reserve-stock.ts'
import { setStock } from '../src/commands/set-stock.ts'
import type { CommandDeps } from '../src/commands/stock-transaction.ts'
import type { StockPlace } from '../src/domain/stock.ts'
import { done } from './inventory-fixture.ts'

/** What happened to one item in two locations, as plans without ids. Numbers of lines are places in `orders`. */
export interface History {
  /** A person counts: the first thing that happens. */
  counted: [number, number]
  adjustments: { location: number; delta: number }[]
  reservations: { location: number; quantity: number; isReleased: boolean }[]
  orders: PlannedOrder[]
}

interface PlannedOrder {
  location: number
  movesStock: boolean
  /** As many of the first revisions do not know the item yet. */
  unlinkedUntil: number
  revisions: { ordered: number; cancelled: number; fulfilledOnAmazon: number }[]
  despatches: number[]
}

const location = fc.nat(1)
const revision = fc.record({
  ordered: fc.integer({ min: 1, max: 6 }),
  cancelled: fc.nat(3),
  fulfilledOnAmazon: fc.nat(4),
})

/** Enough is counted that no change by hand is refused: those that are stand in tests of their own. */
export const histories: fc.Arbitrary<History> = fc.record({
  counted: fc.tuple(fc.integer({ min: 200, max: 400 }), fc.integer({ min: 200, max: 400 })),
  adjustments: fc.array(
    fc.record({ location, delta: fc.integer({ min: -20, max: 20 }).filter((delta) => delta !== 0) }),
    {
      maxLength: 2,
    },
  ),
  reservations: fc.array(fc.record({ location, quantity: fc.integer({ min: 1, max: 9 }), isReleased: fc.boolean() }), {
    maxLength: 1,
  }),
  orders: fc.array(
    fc.record({
      location,
      movesStock: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      unlinkedUntil: fc.nat(1),
      revisions: fc.array(revision, { minLength: 1, maxLength: 3 }),
      despatches: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
})

/** One message or command. Whoever sends it may send it again, and the newest of an order's snapshots stands for the older ones. */
export interface Message {
  deliver: (deps: CommandDeps) => Promise<unknown>
  /** Whether it is sent again until it has arrived. Snapshots that a newer one follows are not. */
  isRepaired: boolean
  /** Must have arrived before: a caller knows its reservation's id only from the answer. */
  needs?: Message
}

/** The ids that a run of a history has of its own. */
export interface RunNames {
  run: string
  itemId: string
  locationIds: readonly [string, string]
}

/** The messages of a history in the order in which they happened; counting comes first. */
export function messagesOf(history: History, names: RunNames): Message[] {
  return [
    counting(history, names),
    ...history.adjustments.map((adjustment, i) => adjusting(adjustment, names, i)),
    ...history.reservations.flatMap((reservation, i) => reserving(reservation, names, i)),
    ...history.orders.flatMap((order, i) => ordering(order, names, i)),
  ]
}

const call = ({ run }: RunNames, key: string) => ({ idempotencyKey: `${run}-${key}`, actor: 'ben' })
const placeOf = ({ itemId, locationIds }: RunNames, at: number): StockPlace => ({
  itemId,
  locationId: locationIds[at] ?? '',
})
const lineOf = (names: RunNames, at: number) => ({ item: names.itemId, location: placeOf(names, at).locationId })

function counting({ counted }: History, names: RunNames): Message {
  const lines = counted.map((units, at) => ({ ...lineOf(names, at), onHand: BigInt(units) }))
  const command = { ...call(names, 'count'), note: '', partial: false, lines }
  return { isRepaired: true, deliver: async (deps) => done(await setStock(deps, command)) }
}

function adjusting({ location: at, delta }: History['adjustments'][number], names: RunNames, place: number): Message {
  const lines = [{ ...lineOf(names, at), delta: BigInt(delta) }]
  const command = { ...call(names, `adjust-${place}`), note: '', partial: false, lines }
  return { isRepaired: true, deliver: async (deps) => done(await adjustStock(deps, command)) }
}

function reserving(planned: History['reservations'][number], names: RunNames, place: number): Message[] {
  const lines = [{ ...lineOf(names, planned.location), quantity: BigInt(planned.quantity) }]
  const command = { ...call(names, `reserve-${place}`), reference: 'shop', lines }
  let reservationId = ''
  const reserve: Message = {
    isRepaired: true,
    deliver: async (deps) => ({ reservationId } = done(await reserveStock(deps, command))),
  }
  if (!planned.isReleased) return [reserve]
  const release: Message = {
    isRepaired: true,
    needs: reserve,
    deliver: async (deps) =>
      done(await releaseReservation(deps, { ...call(names, `release-${place}`), reservationId })),
  }
  return [reserve, release]
}

function ordering(planned: PlannedOrder, names: RunNames, place: number): Message[] {
  const orderId = `ord_${names.run}-${place}`
  const lineId = `oln_${names.run}-${place}`
  const own = placeOf(names, planned.location)
  const snapshots = planned.revisions.map((numbers, i): Message => {
    const isLast = i === planned.revisions.length - 1
    const line = { lineId, place: i < planned.unlinkedUntil && !isLast ? undefined : own, ...numbers }
    const snapshot = { orderId, revision: i + 1, movesStock: planned.movesStock, lines: [line] }
    return { isRepaired: isLast, deliver: (deps) => applyOrderSnapshot(deps, { snapshot, note: '' }) }
  })
  const despatches = planned.despatches.map((quantity, i): Message => {
    const lines = [{ lineId, place: own, quantity }]
    const despatch = { despatchId: `dsp_${names.run}-${place}-${i}`, orderId, lines }
    return { isRepaired: true, deliver: (deps) => countDespatch(deps, { despatch, actor: 'ben', note: '' }) }
  })
  return [...snapshots, ...despatches]
}
