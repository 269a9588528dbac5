import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  kindOfSnapshotMove,
  noBooks,
  openUnits,
  shippedOutside,
  stockDifference,
  withDespatch,
  withSnapshot,
  type CountedDespatch,
  type LineBooks,
  type OrderBooks,
  type OrderSnapshot,
  type SnapshotLine,
} from './order-books.ts'
import { placeKey } from './stock.ts'

const here = { itemId: 'itm_1', locationId: 'loc_1' }

const aLine = (line: Partial<SnapshotLine> = {}): SnapshotLine => ({
  lineId: 'oln_1',
  place: here,
  ordered: 3,
  cancelled: 0,
  fulfilledOnAmazon: 0,
  ...line,
})

const aSnapshot = (revision: number, line: Partial<SnapshotLine> = {}, movesStock = true): OrderSnapshot => ({
  orderId: 'ord_1',
  revision,
  movesStock,
  lines: [aLine(line)],
})

const aDespatch = (quantity: number, despatchId = 'dsp_1', place: SnapshotLine['place'] = here): CountedDespatch => ({
  despatchId,
  orderId: 'ord_1',
  lines: [{ lineId: 'oln_1', place, quantity }],
})

type Message = { snapshot: OrderSnapshot } | { despatch: CountedDespatch }

/** The shelf beside the books: what the moves add up to. */
interface World {
  books: OrderBooks
  counted: Set<string>
  onHand: Map<string, number>
  reserved: Map<string, number>
}

const emptyWorld = (): World => ({
  books: noBooks('ord_1'),
  counted: new Set(),
  onHand: new Map(),
  reserved: new Map(),
})

/** What the two consumers do, without their database: older snapshots and counted despatches fall away. */
function deliver(world: World, message: Message): void {
  const changed = booksAfter(world, message)
  for (const move of stockDifference(world.books, changed, kindOfSnapshotMove)) {
    const key = placeKey(move)
    world.onHand.set(key, (world.onHand.get(key) ?? 0) + (move.onHandBy ?? 0))
    world.reserved.set(key, (world.reserved.get(key) ?? 0) + (move.reservedBy ?? 0))
  }
  world.books = changed
}

function booksAfter(world: World, message: Message): OrderBooks {
  if ('snapshot' in message) {
    return message.snapshot.revision > world.books.revision ? withSnapshot(world.books, message.snapshot) : world.books
  }
  if (world.counted.has(message.despatch.despatchId)) return world.books
  world.counted.add(message.despatch.despatchId)
  return withDespatch(world.books, message.despatch)
}

function after(...messages: Message[]): { line: LineBooks; onHand: number; reserved: number } {
  const world = emptyWorld()
  for (const message of messages) deliver(world, message)
  const [line] = world.books.lines
  if (!line) throw new Error('the books have no line')
  return {
    line,
    onHand: world.onHand.get(placeKey(here)) ?? 0,
    reserved: world.reserved.get(placeKey(here)) ?? 0,
  }
}

test('[S001-14] a downloaded order reserves and leaves the shelf alone', () => {
  expect(after({ snapshot: aSnapshot(1) })).toMatchObject({ onHand: 0, reserved: 3 })
})

test('a despatch takes its units off the shelf and out of the reservation', () => {
  expect(after({ snapshot: aSnapshot(1) }, { despatch: aDespatch(2) })).toMatchObject({ onHand: -2, reserved: 1 })
})

test('a despatch is counted once whatever event of it comes how often', () => {
  const once = { despatch: aDespatch(2) }

  expect(after({ snapshot: aSnapshot(1) }, once, once, once)).toMatchObject({ onHand: -2, reserved: 1 })
})

test('a despatch that comes before its order ends in the same books', () => {
  const late = after({ despatch: aDespatch(2) }, { snapshot: aSnapshot(1) })

  expect(late).toEqual(after({ snapshot: aSnapshot(1) }, { despatch: aDespatch(2) }))
})

test('units that Amazon shows as shipped, and we did not despatch, were shipped outside', () => {
  const { line, onHand, reserved } = after(
    { snapshot: aSnapshot(1) },
    { snapshot: aSnapshot(2, { fulfilledOnAmazon: 2 }) },
  )

  expect([shippedOutside(line), openUnits(line), onHand, reserved]).toEqual([2, 1, -2, 1])
})

test('our own despatch, shown on Amazon later, is not counted again', () => {
  const shown = after(
    { snapshot: aSnapshot(1) },
    { despatch: aDespatch(3) },
    { snapshot: aSnapshot(2, { fulfilledOnAmazon: 3 }) },
  )

  expect(shown).toMatchObject({ onHand: -3, reserved: 0 })
})

test('a cancellation gives back what is open', () => {
  expect(after({ snapshot: aSnapshot(1) }, { snapshot: aSnapshot(2, { cancelled: 3 }) })).toMatchObject({
    onHand: 0,
    reserved: 0,
  })
})

test('cancelled after despatch: nothing comes back', () => {
  const cancelled = after(
    { snapshot: aSnapshot(1) },
    { despatch: aDespatch(3) },
    { snapshot: aSnapshot(2, { cancelled: 3 }) },
  )

  expect(cancelled).toMatchObject({ onHand: -3, reserved: 0 })
})

test('an order that moves no stock has books and nothing else', () => {
  const { line, onHand, reserved } = after(
    { snapshot: aSnapshot(1, {}, false) },
    { snapshot: aSnapshot(2, { fulfilledOnAmazon: 1 }, false) },
  )

  expect([openUnits(line), onHand, reserved]).toEqual([2, 0, 0])
})

test('[S001-14] a line that is linked later reserves its whole open quantity then', () => {
  const unlinked = after({ snapshot: aSnapshot(1, { place: undefined }) })
  const linked = after({ snapshot: aSnapshot(1, { place: undefined }) }, { snapshot: aSnapshot(2) })

  expect([openUnits(unlinked.line), unlinked.reserved]).toEqual([3, 0])
  expect(linked.reserved).toBe(3)
})

test('the place of a line is fixed once it is known', () => {
  const elsewhere = { itemId: 'itm_2', locationId: 'loc_1' }

  const { line, reserved } = after({ snapshot: aSnapshot(1) }, { snapshot: aSnapshot(2, { place: elsewhere }) })

  expect([line.place, reserved]).toEqual([here, 3])
})

test('a line that the newest snapshot leaves out claims nothing', () => {
  const without: OrderSnapshot = { ...aSnapshot(2), lines: [] }

  expect(after({ snapshot: aSnapshot(1) }, { snapshot: without })).toMatchObject({ onHand: 0, reserved: 0 })
})

test('two lines of one item move its level once, by their sum', () => {
  const two: OrderSnapshot = { ...aSnapshot(1), lines: [aLine(), aLine({ lineId: 'oln_2', ordered: 2 })] }

  const moves = stockDifference(noBooks('ord_1'), withSnapshot(noBooks('ord_1'), two), kindOfSnapshotMove)

  expect(moves).toEqual([{ ...here, onHandBy: 0, reservedBy: 5, kind: 'order_reserved' }])
})

const lineIds = ['oln_1', 'oln_2', 'oln_3']
const placeOf = (lineId: string) => ({ itemId: lineId === 'oln_3' ? 'itm_2' : 'itm_1', locationId: 'loc_1' })
const units = fc.integer({ min: 0, max: 9 })

const snapshotLines = fc.tuple(...lineIds.map((lineId) => snapshotLine(lineId)))

function snapshotLine(lineId: string) {
  const numbers = { ordered: units, cancelled: units, fulfilledOnAmazon: units }
  return fc.record({ ...numbers, linked: fc.boolean(), named: fc.boolean() }).map(({ linked, named, ...rest }) => ({
    named,
    line: { lineId, place: linked ? placeOf(lineId) : undefined, ...rest },
  }))
}

/** A history in the order it happened. Once a line is linked it stays linked, as order-download guarantees. */
const histories = fc
  .record({
    snapshots: fc.array(fc.record({ movesStock: fc.boolean(), lines: snapshotLines }), { minLength: 1, maxLength: 5 }),
    despatches: fc.array(
      fc.array(fc.record({ lineId: fc.constantFrom(...lineIds), quantity: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 1,
        maxLength: 3,
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ snapshots, despatches }) => [...snapshotMessages(snapshots), ...despatchMessages(despatches)])

function snapshotMessages(
  snapshots: { movesStock: boolean; lines: { named: boolean; line: SnapshotLine }[] }[],
): Message[] {
  const linked = new Set<string>()
  return snapshots.map(({ movesStock, lines }, index) => {
    for (const { line } of lines) if (line.place) linked.add(line.lineId)
    const named = lines
      .filter((entry) => entry.named)
      .map(({ line }) => ({ ...line, place: linked.has(line.lineId) ? placeOf(line.lineId) : undefined }))
    return { snapshot: { orderId: 'ord_1', revision: index + 1, movesStock, lines: named } }
  })
}

function despatchMessages(despatches: { lineId: string; quantity: number }[][]): Message[] {
  return despatches.map((lines, index) => ({
    despatch: {
      despatchId: `dsp_${index}`,
      orderId: 'ord_1',
      lines: lines.map((line) => ({ ...line, place: placeOf(line.lineId) })),
    },
  }))
}

const deliveries = histories.chain((history) =>
  fc.record({
    history: fc.constant(history),
    // Every message at least once, in any order, and some of them again.
    shuffled: fc
      .tuple(
        fc.shuffledSubarray(history, { minLength: history.length, maxLength: history.length }),
        fc.array(fc.constantFrom(...history), { maxLength: 12 }),
      )
      .chain(([all, again]) => {
        const every = [...all, ...again]
        return fc.shuffledSubarray(every, { minLength: every.length, maxLength: every.length })
      }),
  }),
)

/** What the end must be, said without any history: the newest snapshot and the sum of the despatches. */
function expectedLine(history: Message[], lineId: string) {
  const snapshots = history.flatMap((message) => ('snapshot' in message ? [message.snapshot] : []))
  const newest = snapshots.at(-1)
  const word = newest?.lines.find((line) => line.lineId === lineId)
  const despatched = history
    .flatMap((message) => ('despatch' in message ? message.despatch.lines : []))
    .filter((line) => line.lineId === lineId)
    .reduce((sum, line) => sum + line.quantity, 0)
  const { ordered = 0, cancelled = 0, fulfilledOnAmazon = 0 } = word ?? {}
  const gone = Math.max(despatched, fulfilledOnAmazon)
  const open = Math.max(0, ordered - cancelled - gone)
  return { ordered, cancelled, fulfilledOnAmazon, despatched, gone, open, movesStock: newest?.movesStock ?? true }
}

test('[R03] any order and any repetition of snapshots and despatches end in the same books and the same stock', () => {
  fc.assert(
    fc.property(deliveries, ({ history, shuffled }) => {
      const world = emptyWorld()
      for (const message of shuffled) deliver(world, message)

      const onHand = new Map<string, number>()
      const reserved = new Map<string, number>()
      for (const line of world.books.lines) {
        const want = expectedLine(history, line.lineId)
        const { ordered, cancelled, fulfilledOnAmazon, despatched } = want
        expect(line).toMatchObject({ ordered, cancelled, fulfilledOnAmazon, despatched })
        if (!want.movesStock || !line.place) continue
        const key = placeKey(line.place)
        onHand.set(key, (onHand.get(key) ?? 0) - want.gone)
        reserved.set(key, (reserved.get(key) ?? 0) + want.open)
      }
      expect(nonZero(world.onHand)).toEqual(nonZero(onHand))
      expect(nonZero(world.reserved)).toEqual(nonZero(reserved))
    }),
    { numRuns: 2_000 },
  )
})

test('[R03] delivered in order and shuffled, the books are identical to the last figure', () => {
  fc.assert(
    fc.property(deliveries, ({ history, shuffled }) => {
      const inOrder = emptyWorld()
      for (const message of history) deliver(inOrder, message)
      const mixed = emptyWorld()
      for (const message of shuffled) deliver(mixed, message)

      expect(sorted(mixed.books)).toEqual(sorted(inOrder.books))
    }),
    { numRuns: 2_000 },
  )
})

const nonZero = (sums: Map<string, number>) =>
  Object.fromEntries([...sums].filter(([, sum]) => sum !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/** A line that only skipped snapshots named is known to the one history and not to the other, and claims nothing in either. */
const sorted = (books: OrderBooks) =>
  books.lines
    .filter((line) => line.ordered + line.cancelled + line.fulfilledOnAmazon + line.despatched > 0)
    .toSorted((a, b) => (a.lineId < b.lineId ? -1 : 1))
