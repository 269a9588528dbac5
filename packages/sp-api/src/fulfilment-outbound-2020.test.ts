import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { readFulfillmentOrder, readFulfillmentOrdersPage } from './fulfilment-order-replies-2020.ts'
import {
  cancelFulfillmentOrderCall,
  createFulfillmentOrderCall,
  type FulfilmentOrderWish,
  getFulfillmentOrderCall,
  listFulfillmentOrdersCall,
  updateFulfillmentOrderCall,
} from './fulfilment-outbound-2020.ts'
import { getFulfillmentPreviewCall, readFulfillmentPreviews } from './fulfilment-preview-2020.ts'
import { getPackageTrackingCall, readPackageTracking } from './fulfilment-tracking-2020.ts'
import type { OutboundCall } from './outbound-checks.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const address = { name: 'Anna Secret', addressLine1: '1 Street', postalCode: 'N1', countryCode: 'GB' }
const line = { itemId: 'i1', sku: 'FBA', quantity: 2 }

function anOrder(more: Partial<FulfilmentOrderWish> = {}): FulfilmentOrderWish {
  return {
    orderId: 'O1',
    marketplaceId: 'M',
    displayedId: 'Shop 1',
    displayedAt: new Date('2026-03-02T09:00:00Z'),
    displayedComment: 'Thank you',
    speed: 'Standard',
    address,
    items: [line],
    ...more,
  }
}

function written(call: OutboundCall): { path: unknown; query: unknown; json: unknown } {
  if (call.kind === 'refused') throw new Error(`${call.field}: ${call.detail}`)
  const { path, query, body } = call.call
  return { path, query, json: body.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(body)) }
}

test('an order is written with what is given and nothing else', () => {
  const giftMessage = 'for you'
  const declaredUnitValue = { amount: '4.20', currency: 'INR' }

  expect(
    written(createFulfillmentOrderCall(anOrder({ items: [{ ...line, giftMessage, declaredUnitValue }] }))),
  ).toEqual({
    path: {},
    query: [],
    json: {
      sellerFulfillmentOrderId: 'O1',
      marketplaceId: 'M',
      displayableOrderId: 'Shop 1',
      displayableOrderDate: '2026-03-02T09:00:00.000Z',
      displayableOrderComment: 'Thank you',
      shippingSpeedCategory: 'Standard',
      destinationAddress: address,
      items: [
        {
          sellerSku: 'FBA',
          sellerFulfillmentOrderItemId: 'i1',
          quantity: 2,
          giftMessage,
          perUnitDeclaredValue: { currencyCode: 'INR', value: '4.20' },
        },
      ],
    },
  })
})

const many = (count: number, quantity = 1) =>
  Array.from({ length: count }, (_, i) => ({ itemId: `i${String(i)}`, sku: 'FBA', quantity }))

const refusals: [what: string, wish: Partial<FulfilmentOrderWish>, field: string, detail: string][] = [
  ['an id of 41 characters', { orderId: 'X'.repeat(41) }, 'orderId', `"${'X'.repeat(41)}" has 41 characters`],
  ['no id', { orderId: '' }, 'orderId', 'give 1 to 40'],
  ['an id that is a folder', { orderId: '..' }, 'orderId', '".." cannot be addressed'],
  ['half a character', { orderId: '\uD800' }, 'orderId', 'half a character'],
  ['no line', { items: [] }, 'items', '0 lines'],
  ['101 lines', { items: many(101) }, 'items', '101 lines: split the order'],
  ['251 units', { items: many(1, 251) }, 'items', '251 units: split the order'],
  ['251 units in lines', { items: many(3, 83).concat({ ...line, itemId: 'z' }) }, 'items', '251 units'],
  ['no unit', { items: [{ ...line, quantity: 0 }] }, 'items[0].quantity', '0 units'],
  ['half a unit', { items: [{ ...line, quantity: 1.5 }] }, 'items[0].quantity', '1.5 units'],
  ['a line named twice', { items: [line, line] }, 'items[1].itemId', '"i1" names two lines'],
  ['a line’s id of 51', { items: [{ ...line, itemId: 'i'.repeat(51) }] }, 'items[0].itemId', 'has 51 characters'],
  ['no SKU', { items: [{ ...line, sku: '' }] }, 'items[0].sku', 'the SKU is empty'],
  ['two spaces in a row', { displayedId: 'a  b' }, 'displayedId', '"a  b" holds two spaces'],
  ['a long comment', { displayedComment: 'c'.repeat(751) }, 'displayedComment', 'has 751 characters'],
  ['a long gift message', { items: [{ ...line, giftMessage: 'g'.repeat(513) }] }, 'items[0].giftMessage', 'has 513'],
  ['no date', { displayedAt: new Date(Number.NaN) }, 'displayedAt', 'no point in time'],
  ['a country in words', { address: { ...address, countryCode: 'England' } }, 'address.countryCode', '"England"'],
  ['a scheduled hold', { speed: 'ScheduledDelivery', action: 'Hold' }, 'action', '"Hold" does not go'],
  ['a schedule without window', { speed: 'ScheduledDelivery' }, 'deliveryWindow', 'give from and to'],
]

test.each(refusals)(
  'an order with %s is refused by field and value before it is sent',
  (_what, wish, ...[field, detail]) => {
    const call = createFulfillmentOrderCall(anOrder(wish))

    expect(call).toMatchObject({ kind: 'refused', field })
    expect(call).toHaveProperty('detail', expect.stringContaining(detail))
  },
)

test('exactly 100 lines, 250 units and 40 characters are taken, however many bytes they have', () => {
  const lines = [...many(99, 2), { ...line, itemId: 'last', quantity: 52 }]

  expect(createFulfillmentOrderCall(anOrder({ orderId: '☕'.repeat(40), items: lines })).kind).toBe('call')
})

test('a refusal never repeats a buyer’s data', () => {
  const broken = { ...address, addressLine2: 'Secret\uD800' }
  const calls = [
    createFulfillmentOrderCall(anOrder({ address: broken })),
    createFulfillmentOrderCall(anOrder({ address: { ...address, addressLine1: ' ' } })),
    createFulfillmentOrderCall(anOrder({ displayedComment: 'Secret'.repeat(200) })),
  ]

  expect(calls.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused'])
  expect(JSON.stringify(calls)).not.toContain('Secret')
})

test('an order is read, changed, cancelled and listed by its id and its last change', () => {
  const path = { sellerFulfillmentOrderId: 'O/1' }
  const changedSince = new Date('2026-03-02T09:00:00Z')

  expect(written(getFulfillmentOrderCall('O/1'))).toMatchObject({ path })
  expect(written(cancelFulfillmentOrderCall('O/1'))).toMatchObject({ path, json: undefined })
  expect(written(updateFulfillmentOrderCall('O/1', { action: 'Ship' }))).toMatchObject({
    path,
    json: { fulfillmentAction: 'Ship' },
  })
  expect(listFulfillmentOrdersCall({ changedSince, nextToken: 't' }).query).toEqual([
    ['queryStartDate', '2026-03-02T09:00:00.000Z'],
    ['nextToken', 't'],
  ])
  expect(listFulfillmentOrdersCall({}).query).toEqual([])
})

test('a change of nothing, or of an order that cannot be named, is refused', () => {
  expect(updateFulfillmentOrderCall('O1', {})).toMatchObject({ kind: 'refused', field: 'change' })
  expect(updateFulfillmentOrderCall('O1', { items: many(101) })).toMatchObject({ kind: 'refused', field: 'items' })
  for (const call of [getFulfillmentOrderCall, cancelFulfillmentOrderCall]) {
    expect(call('X'.repeat(41))).toMatchObject({ kind: 'refused', field: 'orderId' })
  }
})

const order = {
  sellerFulfillmentOrderId: 'O1',
  fulfillmentOrderStatus: 'SomethingNew',
  shippingSpeedCategory: 'Teleport',
  statusUpdatedDate: 'yesterday',
  destinationAddress: address,
}
const detail = {
  fulfillmentOrder: order,
  fulfillmentOrderItems: [{ sellerSku: 'FBA', sellerFulfillmentOrderItemId: 'i1', quantity: 2, cancelledQuantity: 1 }],
  fulfillmentShipments: [
    {
      amazonShipmentId: 'D1',
      fulfillmentShipmentStatus: 'HALF_SHIPPED',
      shippingDate: '2026-03-02T09:00:00Z',
      fulfillmentShipmentItem: [{ sellerFulfillmentOrderItemId: 'i1', quantity: 1, packageNumber: 7 }],
      fulfillmentShipmentPackage: [{ packageNumber: 7, carrierCode: 'NEWCARRIER', trackingNumber: 'T1' }],
    },
  ],
  returnItems: [
    {
      sellerReturnItemId: 'r1',
      sellerFulfillmentOrderItemId: 'i1',
      amazonShipmentId: 'D1',
      sellerReturnReasonCode: 'BORED',
      status: 'New',
    },
  ],
}

test('an order is read with its parcels and returns; unknown words stay, the buyer is left out', () => {
  const read = readFulfillmentOrder(bytes({ payload: detail }))

  expect(read).toMatchObject({
    order: { orderId: 'O1', status: 'SomethingNew', speed: 'Teleport', statusAt: null },
    items: [{ itemId: 'i1', quantity: 2, cancelled: 1, unfulfillable: 0 }],
    shipments: [
      {
        status: 'HALF_SHIPPED',
        shippedAt: new Date('2026-03-02T09:00:00Z'),
        items: [{ itemId: 'i1', sku: '', packageNumber: 7 }],
        packages: [{ packageNumber: 7, carrier: 'NEWCARRIER', trackingNumber: 'T1', arrivesAt: null }],
      },
    ],
    returns: [{ returnItemId: 'r1', reasonCode: 'BORED', condition: null }],
  })
  expect(JSON.stringify(read)).not.toContain('Secret')
})

test('a line whose units cannot be read makes no order of fewer lines', () => {
  const [item] = detail.fulfillmentOrderItems
  const items = [item, { ...item, quantity: 'two' }]

  expect(readFulfillmentOrder(bytes({ payload: { ...detail, fulfillmentOrderItems: items } }))).toBeUndefined()
})

test('a list counts the order that it cannot read and gives the others', () => {
  const page = { fulfillmentOrders: [order, { fulfillmentOrderStatus: 'New' }], nextToken: 't' }

  expect(readFulfillmentOrdersPage(bytes({ payload: page }))).toMatchObject({
    orders: [{ orderId: 'O1' }],
    unreadable: 1,
    nextToken: 't',
  })
  expect(readFulfillmentOrdersPage(bytes({ payload: {} }))).toEqual({ orders: [], unreadable: 0, nextToken: null })
})

test('a preview is asked for with the same limits, and read with what is missing', () => {
  const asked = getFulfillmentPreviewCall({ marketplaceId: 'M', address, items: [line], speeds: ['Expedited'] })
  const item = { sellerSku: 'FBA', sellerFulfillmentOrderItemId: 'i1', quantity: 2 }
  const preview = {
    shippingSpeedCategory: 'Expedited',
    isFulfillable: false,
    estimatedFees: [{ name: 'PerUnit', amount: { currencyCode: 'GBP', value: '3.10' } }, 'new'],
    fulfillmentPreviewShipments: [{ earliestArrivalDate: '2026-03-04T09:00:00Z', fulfillmentPreviewItems: [item] }],
    unfulfillablePreviewItems: [{ ...item, quantity: 1, itemUnfulfillableReasons: ['NewReason'] }],
    orderUnfulfillableReasons: ['Moon'],
  }

  expect(written(asked).json).toEqual({
    marketplaceId: 'M',
    address,
    shippingSpeedCategories: ['Expedited'],
    items: [item],
  })
  expect(getFulfillmentPreviewCall({ address, items: many(101) })).toMatchObject({ kind: 'refused', field: 'items' })
  expect(readFulfillmentPreviews(bytes({ payload: { fulfillmentPreviews: [preview] } }))).toMatchObject([
    {
      speed: 'Expedited',
      isFulfillable: false,
      fees: [{ name: 'PerUnit', amount: { amount: '3.10', currency: 'GBP' } }],
      shipments: [{ arrivesFrom: new Date('2026-03-04T09:00:00Z'), shipsFrom: null, items: [line] }],
      missing: [{ ...line, quantity: 1, reasons: ['NewReason'] }],
      reasons: ['Moon'],
    },
  ])
})

test('a parcel’s tracking is read without address and signature', () => {
  const payload = {
    packageNumber: 7,
    currentStatus: 'ON_THE_MOON',
    signedForBy: 'Anna Secret',
    shipToAddress: { city: 'Secret' },
    trackingEvents: [{ eventDate: 'x', eventCode: 'E1', eventAddress: { city: 'Secret' } }, 5],
  }
  const read = readPackageTracking(bytes({ payload }))

  expect(written(getPackageTrackingCall(7)).query).toEqual([['packageNumber', '7']])
  expect(getPackageTrackingCall(0)).toMatchObject({ kind: 'refused', field: 'packageNumber' })
  expect(read).toMatchObject({ status: 'ON_THE_MOON', events: [{ at: null, code: 'E1', text: null }] })
  expect(JSON.stringify(read)).not.toContain('Secret')
})

test('no reader throws, whatever Amazon sends', () => {
  const readers = [readFulfillmentOrder, readFulfillmentOrdersPage, readFulfillmentPreviews, readPackageTracking]
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.json().map((text) => new TextEncoder().encode(text)),
      ),
      (body) => {
        for (const reader of readers) expect(() => reader(body)).not.toThrow()
      },
    ),
  )
})
