import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { chooseLines, openUnits, type OrderLineBooks } from './choose-lines.ts'

const aLine = (more: Partial<OrderLineBooks> = {}): OrderLineBooks => ({
  orderLineId: 'oln_1',
  channelLineId: '111',
  itemId: 'itm_1',
  locationId: 'loc_1',
  ordered: 3,
  cancelled: 0,
  fulfilledOnAmazon: 0,
  despatched: 0,
  ...more,
})

test('everything open is despatched when nothing is named', () => {
  const chosen = chooseLines([aLine(), aLine({ orderLineId: 'oln_2', ordered: 2, despatched: 2 })], [])

  expect(chosen).toMatchObject({ kind: 'chosen', lines: [{ orderLineId: 'oln_1', quantity: 3 }] })
})

test.each([
  {
    what: 'more than is open',
    wanted: [{ orderLineId: 'oln_1', quantity: 4 }],
    refusal: { reason: 'QUANTITY_NOT_OPEN', detail: '3 of line oln_1 are open, 4 were named' },
  },
  {
    what: 'nothing',
    wanted: [{ orderLineId: 'oln_1', quantity: 0 }],
    refusal: { reason: 'QUANTITY_NOT_OPEN', detail: '3 of line oln_1 are open, 0 were named' },
  },
  {
    what: "another order's line",
    wanted: [{ orderLineId: 'oln_9', quantity: 1 }],
    refusal: { reason: 'LINE_UNKNOWN', detail: '"oln_9" is not a line of this order' },
  },
  {
    what: 'a line twice',
    wanted: [
      { orderLineId: 'oln_1', quantity: 1 },
      { orderLineId: 'oln_1', quantity: 1 },
    ],
    refusal: { reason: 'LINE_UNKNOWN', detail: 'line oln_1 is named twice' },
  },
])('$what is refused', ({ wanted, refusal }) => {
  expect(chooseLines([aLine()], wanted)).toMatchObject({ kind: 'refused', ...refusal })
})

test('an order with nothing open is refused', () => {
  expect(chooseLines([aLine({ cancelled: 3 })], [])).toMatchObject({ kind: 'refused', reason: 'NOTHING_OPEN' })
})

test.each([{ itemId: '' }, { locationId: '' }])(
  'a line without item or location (%j) does not leave: its stock could not fall',
  (missing) => {
    expect(chooseLines([aLine(missing)], [])).toMatchObject({ kind: 'refused', reason: 'LINE_UNLINKED' })
  },
)

test('units that Amazon shows as shipped by somebody else are not open', () => {
  expect(openUnits(aLine({ fulfilledOnAmazon: 2 }))).toBe(1)
  expect(openUnits(aLine({ fulfilledOnAmazon: 2, despatched: 2 }))).toBe(1)
})

test('[R04] no sequence of despatches takes more than was ordered', () => {
  const units = fc.integer({ min: 0, max: 9 })
  const orders = fc.record({ ordered: units, cancelled: units, fulfilledOnAmazon: units })
  fc.assert(
    fc.property(orders, fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 9 }), (order, asked) => {
      let line = aLine({ ...order, cancelled: Math.min(order.cancelled, order.ordered) })
      for (const quantity of asked) {
        const chosen = chooseLines([line], [{ orderLineId: 'oln_1', quantity }])
        if (chosen.kind === 'chosen') line = { ...line, despatched: line.despatched + quantity }
      }
      expect(line.despatched).toBeLessThanOrEqual(Math.max(0, line.ordered - line.cancelled))
    }),
  )
})
