import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { anAmazonLine, anAmazonOrder, anArrival, anOrder, aLine } from '../../test/order-builders.ts'
import { contradictionIn, type AmazonOrder } from './amazon-order.ts'
import { openUnits } from './open-units.ts'
import type { Order } from './order.ts'
import { takeIn, type Arrival } from './take-in.ts'

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 21, 10, minute))

test('a first snapshot becomes an order with its lines placed', () => {
  const taken = takeIn(undefined, anAmazonOrder(), anArrival())

  expect(taken).toMatchObject({
    kind: 'received',
    order: { revision: 1, state: 'open', locationId: 'loc_1', beforeGoLive: false, lines: [{ itemId: 'itm_SKU-1' }] },
  })
})

test('[T-01] the same snapshot twice changes nothing', () => {
  const stored = storedAfter([anAmazonOrder()])

  expect(takeIn(stored, anAmazonOrder(), anArrival()).kind).toBe('unchanged')
})

test('a newer time with the same content is no new revision', () => {
  const stored = storedAfter([anAmazonOrder()])

  expect(takeIn(stored, anAmazonOrder({ updatedAt: at(9) }), anArrival()).kind).toBe('unchanged')
})

test('[R13] an older snapshot never overwrites a newer one', () => {
  const stored = storedAfter([anAmazonOrder({ updatedAt: at(9), status: 'CANCELLED' })])

  expect(takeIn(stored, anAmazonOrder({ updatedAt: at(8) }), anArrival()).kind).toBe('left_out')
})

test('[T-12] a pending order without prices is parked, claims its units and keeps its price unknown', () => {
  const pending = anAmazonOrder({
    status: 'PENDING',
    lines: [anAmazonLine({ quantityOrdered: 2, quantityFulfilled: null, quantityUnfulfilled: null, price: null })],
  })

  const order = storedAfter([pending])

  expect(order).toMatchObject({ state: 'parked', lines: [{ ordered: 2, cancelled: 0, price: null }] })
  expect(order.lines.map(openUnits)).toEqual([2])
})

test('[T-08] pending, unshipped, cancelled: each is taken and the last frees every unit', () => {
  const order = storedAfter([
    anAmazonOrder({ status: 'PENDING' }),
    anAmazonOrder({ status: 'UNSHIPPED', updatedAt: at(1) }),
    anAmazonOrder({ status: 'CANCELLED', updatedAt: at(2) }),
  ])

  expect(order).toMatchObject({ state: 'cancelled', revision: 3 })
  expect(order.lines.map(openUnits)).toEqual([0])
})

test('[T-13] [S003-17] an order that Amazon ships is recorded without a location', () => {
  const order = storedAfter([anAmazonOrder({ fulfilledBy: 'AMAZON', status: 'SHIPPED' })])

  expect(order).toMatchObject({ fulfilledBy: 'AMAZON', locationId: null, lines: [{ locationId: null }] })
})

test('[T-17] a replacement at zero value is an order like any other', () => {
  const order = storedAfter([anAmazonOrder({ lines: [anAmazonLine({ price: { minor: 0, currency: 'GBP' } })] })])

  expect(order).toMatchObject({ state: 'open', lines: [{ price: { minor: 0 } }] })
})

test('[T-15] a cancellation request of the buyer is kept with the order', () => {
  const asked = anAmazonOrder({ updatedAt: at(1), lines: [anAmazonLine({ buyerCancelRequested: true })] })

  expect(storedAfter([anAmazonOrder(), asked])).toMatchObject({ buyerCancelRequested: true, state: 'open' })
})

test('an unknown status word parks the order and is a finding', () => {
  const order = storedAfter([anAmazonOrder({ status: 'A_NEW_WORD' })])

  expect(order).toMatchObject({ state: 'parked', finding: 'UNKNOWN_STATUS' })
})

test('an order of a marketplace without an account is kept unassigned', () => {
  const order = storedAfter(
    [anAmazonOrder({ marketplaceId: 'A9NEW', marketplace: 'A9NEW' })],
    anArrival({ account: null }),
  )

  expect(order).toMatchObject({ accountId: null, marketplace: 'A9NEW', finding: 'NO_ACCOUNT' })
})

test('a line that Amazon no longer shows claims nothing more', () => {
  const two = anAmazonOrder({ lines: [anAmazonLine(), anAmazonLine({ channelLineId: '2' })] })

  const order = storedAfter([two, anAmazonOrder({ updatedAt: at(1) })])

  expect(order.lines.map((line) => [line.channelLineId, openUnits(line)])).toEqual([
    ['1', 1],
    ['2', 0],
  ])
})

const goLiveAt = at(0)
const goneLive = anArrival({ account: { id: 'acc_1', marketplace: 'UK', goLiveAt } })

test('[B19] an order shipped before the first download is left out', () => {
  const shipped = anAmazonOrder({ createdAt: at(-60), updatedAt: at(-30), status: 'SHIPPED' })

  expect(takeIn(undefined, shipped, goneLive).kind).toBe('left_out')
})

test('an order from before go-live that is closed when first seen is marked and moves no stock', () => {
  const shipped = anAmazonOrder({ createdAt: at(-60), updatedAt: at(5), status: 'SHIPPED' })

  expect(takeIn(undefined, shipped, goneLive)).toMatchObject({ kind: 'received', order: { beforeGoLive: true } })
})

test('an order from before go-live that is open when first seen reserves like any other', () => {
  const open = anAmazonOrder({ createdAt: at(-60), updatedAt: at(5) })

  expect(takeIn(undefined, open, goneLive)).toMatchObject({ kind: 'received', order: { beforeGoLive: false } })
})

test('units shipped before go-live are in neither figure of the line, then and later', () => {
  const firstRun = anArrival({ account: { id: 'acc_1', marketplace: 'UK', goLiveAt: null } })
  const part = anAmazonLine({ quantityOrdered: 5, quantityFulfilled: 2, quantityUnfulfilled: 3 })
  const rest = anAmazonLine({ quantityOrdered: 5, quantityFulfilled: 5, quantityUnfulfilled: 0 })

  const first = storedAfter([anAmazonOrder({ status: 'PARTIALLY_SHIPPED', lines: [part] })], firstRun)
  const last = takeIn(first, anAmazonOrder({ status: 'SHIPPED', updatedAt: at(9), lines: [rest] }), goneLive)

  expect(first.lines).toMatchObject([{ ordered: 3, fulfilledOnAmazon: 0, shippedBeforeGoLive: 2 }])
  expect(last).toMatchObject({
    kind: 'changed',
    order: { lines: [{ ordered: 3, cancelled: 0, fulfilledOnAmazon: 3 }] },
  })
})

test('our own despatch of every open unit ends the order before Amazon shows it', () => {
  const stored = anOrder({ lines: [aLine({ despatched: 1 })], state: 'processed' })

  const taken = takeIn(stored, anAmazonOrder({ updatedAt: at(1), programs: ['PRIME'] }), anArrival())

  expect(taken).toMatchObject({ kind: 'changed', order: { state: 'processed' } })
})

test('[R03] random histories, each version delivered 0 to 5 times and shuffled, then one final poll, end as in order', () => {
  fc.assert(
    fc.property(historyWithDeliveries(), ({ history, deliveries }) => {
      const last = history.at(-1)
      if (!last) return

      const inOrder = storedAfter(history)
      const shuffled = storedAfter([...deliveries, last])

      expect(meaningOf(shuffled)).toEqual(meaningOf(inOrder))
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['it has no lines', anAmazonOrder({ lines: [] })],
  ['same order item id', anAmazonOrder({ lines: [anAmazonLine(), anAmazonLine()] })],
  ['quantityOrdered -1', anAmazonOrder({ lines: [anAmazonLine({ quantityOrdered: -1 })] })],
  ['quantityOrdered 1.5', anAmazonOrder({ lines: [anAmazonLine({ quantityOrdered: 1.5 })] })],
  ['more than quantityOrdered 1', anAmazonOrder({ lines: [anAmazonLine({ quantityFulfilled: 2 })] })],
])('a contradictory order is told apart: %s', (reason, order) => {
  expect(contradictionIn(order)).toContain(reason)
})

function storedAfter(snapshots: AmazonOrder[], arrival: Arrival = anArrival()): Order {
  let stored: Order | undefined
  for (const snapshot of snapshots) {
    const taken = takeIn(stored, snapshot, arrival)
    if ('order' in taken) stored = taken.order
    if (stored && taken.kind === 'unchanged') stored = { ...stored, channelUpdatedAt: snapshot.updatedAt }
  }
  if (!stored) throw new Error('nothing was taken in')
  return stored
}

/** All of an order but what counts deliveries. */
function meaningOf(order: Order): unknown {
  const { id: _id, revision: _revision, lines, ...rest } = order
  return { ...rest, lines: lines.map(({ id: _lineId, ...line }) => line) }
}

function historyWithDeliveries(): fc.Arbitrary<{ history: AmazonOrder[]; deliveries: AmazonOrder[] }> {
  return histories().chain((history) =>
    fc
      .array(fc.nat(5), { minLength: history.length, maxLength: history.length })
      .chain((times) => fc.shuffledSubarray(repeated(history, times), { minLength: times.reduce((a, b) => a + b, 0) }))
      .map((deliveries) => ({ history, deliveries })),
  )
}

function repeated(history: AmazonOrder[], times: number[]): AmazonOrder[] {
  return history.flatMap((version, index) => Array.from({ length: times[index] ?? 0 }, () => version))
}

/** A life of an order: pending, paid, shipped in parts or cancelled, each version at a later second. */
function histories(): fc.Arbitrary<AmazonOrder[]> {
  const statuses = ['PENDING', 'UNSHIPPED', 'PARTIALLY_SHIPPED', 'SHIPPED', 'CANCELLED', 'A_NEW_WORD']
  const version = fc.record({
    status: fc.constantFrom(...statuses),
    shipped: fc.nat(4),
    left: fc.nat(4),
    asked: fc.boolean(),
  })
  return fc.array(version, { minLength: 1, maxLength: 6 }).map((versions) =>
    versions.map(({ status, shipped, left, asked }, index) =>
      anAmazonOrder({
        status,
        updatedAt: at(index),
        lines: ['1', '2'].map((channelLineId) =>
          anAmazonLine({
            channelLineId,
            quantityOrdered: 4,
            quantityFulfilled: status === 'PENDING' ? null : shipped,
            quantityUnfulfilled: Math.min(left, 4 - shipped),
            price: status === 'PENDING' ? null : { minor: 999, currency: 'GBP' },
            buyerCancelRequested: asked,
          }),
        ),
      }),
    ),
  )
}
