import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import {
  getOutboundOffersCall,
  getOutboundPreviewCall,
  readOutboundOffers,
  readOutboundPreview,
} from './fulfilment-offers-2026.ts'
import { readOutboundOrder, readOutboundOrdersPage, readOutboundSubmission } from './fulfilment-order-replies-2026.ts'
import {
  cancelOutboundOrderCall,
  createOutboundOrderCall,
  getOutboundOrderCall,
  listOutboundOrdersCall,
  type OutboundOrderWish,
  updateOutboundOrderCall,
} from './fulfilment-outbound-2026.ts'
import type { OutboundCall } from './outbound-checks.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const address = { name: 'Anna Secret', addressLine1: '1 Street', postalCode: 'N1', countryCode: 'GB' }
const line = { itemId: 'i1', sku: 'FBA', quantity: 2 }
const many = (count: number, quantity = 1) =>
  Array.from({ length: count }, (_, i) => ({ itemId: `i${String(i)}`, sku: 'FBA', quantity }))

function anOrder(more: Partial<OutboundOrderWish> = {}): OutboundOrderWish {
  return { orderId: 'N1', originCountry: 'GB', address, tier: 'STANDARD', items: [line], ...more }
}

function written(call: OutboundCall): { path: unknown; query: unknown; json: unknown } {
  if (call.kind === 'refused') throw new Error(`${call.field}: ${call.detail}`)
  const { path, query, body } = call.call
  return { path, query, json: body.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(body)) }
}

const product = { productIdentifier: { amazonSku: 'FBA' } }
const eaches = (value: string) => ({ unit: 'EACHES', value })

test('an order is written with what is given and nothing else, its units as decimals', () => {
  const window = { from: new Date('2026-03-04T09:00:00Z'), to: new Date('2026-03-04T12:00:00Z') }
  const wish = anOrder({ channel: 'SHOPIFY', tier: 'SCHEDULED', deliveryWindow: window, action: 'HOLD' })

  expect(written(createOutboundOrderCall(wish)).json).toEqual({
    orderId: 'N1',
    channel: 'SHOPIFY',
    origin: { countryCode: 'GB' },
    destination: { deliveryAddress: address },
    fulfillmentConfiguration: {
      serviceLevel: {
        serviceTiers: ['SCHEDULED'],
        deliveryInterval: { startTime: '2026-03-04T09:00:00.000Z', endTime: '2026-03-04T12:00:00.000Z' },
      },
      action: 'HOLD',
    },
    lineItems: [{ lineItemId: 'i1', product, amount: eaches('2.0') }],
  })
})

const refusals: [what: string, wish: Partial<OutboundOrderWish>, field: string, detail: string][] = [
  ['an id of 41 characters', { orderId: 'X'.repeat(41) }, 'orderId', 'has 41 characters'],
  ['a channel of 41 characters', { channel: 'C'.repeat(41) }, 'channel', 'has 41 characters'],
  ['101 lines', { items: many(101) }, 'items', '101 lines'],
  ['251 units', { items: many(1, 251) }, 'items', '251 units'],
  ['no number of units', { items: [{ ...line, quantity: Number.NaN }] }, 'items[0].quantity', 'NaN units'],
  ['an origin in small letters', { originCountry: 'gb' }, 'originCountry', '"gb" is no country code'],
  ['a schedule without window', { tier: 'SCHEDULED' }, 'deliveryWindow', 'give from and to'],
  ['an address without a name', { address: { ...address, name: '' } }, 'address.name', 'has no name'],
]

test.each(refusals)(
  'an order with %s is refused by field and value before it is sent',
  (_what, wish, ...[field, detail]) => {
    const call = createOutboundOrderCall(anOrder(wish))

    expect(call).toMatchObject({ kind: 'refused', field })
    expect(call).toHaveProperty('detail', expect.stringContaining(detail))
  },
)

test('an order is read, released, cancelled and listed', () => {
  const path = { orderId: 'N/1' }
  const changedSince = new Date('2026-03-02T09:00:00Z')

  expect(written(getOutboundOrderCall('N/1'))).toMatchObject({ path, query: [['shipments', 'INCLUDE']] })
  expect(written(cancelOutboundOrderCall('N/1'))).toMatchObject({ path, json: undefined })
  expect(written(updateOutboundOrderCall('N/1', 'SHIP'))).toMatchObject({
    path,
    json: { fulfillmentConfiguration: { action: 'SHIP' } },
  })
  expect(listOutboundOrdersCall({ changedSince, withShipments: false, pageToken: 't' }).query).toEqual([
    ['updatedAfter', '2026-03-02T09:00:00.000Z'],
    ['shipments', 'EXCLUDE'],
    ['pageToken', 't'],
  ])
  for (const call of [getOutboundOrderCall, cancelOutboundOrderCall]) {
    expect(call('X'.repeat(41))).toMatchObject({ kind: 'refused', field: 'orderId' })
  }
  expect(updateOutboundOrderCall('', 'SHIP')).toMatchObject({ kind: 'refused', field: 'orderId' })
})

const order = {
  orderId: 'N1',
  status: 'SOMETHING_NEW',
  receiveTime: '2026-03-02T09:00:00Z',
  destination: { deliveryAddress: address },
  fulfillmentConfiguration: { action: 'PONDER', serviceLevel: { serviceTiers: ['TELEPORT'] } },
  lineItems: [{ lineItemId: 'i1', product, amount: eaches('2.0'), cancelledAmount: { unit: 'KG', value: '1.0' } }],
  shipments: [
    {
      amazonShipmentId: 'D1',
      amazonFacility: { facilityId: 'F' },
      status: 'HALF_SHIPPED',
      items: [{ lineItemId: 'i1', ...product, amount: eaches('0.5') }],
      packages: [
        {
          packageId: 'P1',
          status: 'ON_THE_MOON',
          shipmentItemIds: ['SI1'],
          tracking: {
            carrier: { carrierCode: 'NEWCARRIER', trackingNumber: 'T1' },
            proofOfDelivery: { receivedBy: 'Anna Secret' },
          },
        },
      ],
    },
  ],
}

test('an order is read with its parcels and tracking; unknown words stay, the buyer is left out', () => {
  const read = readOutboundOrder(bytes({ order }))

  expect(read).toMatchObject({
    status: 'SOMETHING_NEW',
    action: 'PONDER',
    tiers: ['TELEPORT'],
    receivedAt: new Date('2026-03-02T09:00:00Z'),
    items: [{ itemId: 'i1', sku: 'FBA', quantity: 2, cancelled: null, unfulfillable: null }],
    shipments: [
      {
        status: 'HALF_SHIPPED',
        items: [{ itemId: 'i1', quantity: null }],
        packages: [
          {
            packageId: 'P1',
            status: 'ON_THE_MOON',
            carrier: 'NEWCARRIER',
            trackingNumber: 'T1',
            amazonTrackingNumber: null,
            shipmentItemIds: ['SI1'],
          },
        ],
      },
    ],
  })
  expect(JSON.stringify(read)).not.toContain('Secret')
})

test('an order that Amazon has made and one that it has only taken over are told apart', () => {
  expect(readOutboundSubmission(bytes({ order }))).toMatchObject({ orderId: 'N1', order: { status: 'SOMETHING_NEW' } })
  expect(readOutboundSubmission(bytes({ orderId: 'N1', status: 'PROCESSING' }))).toEqual({
    orderId: 'N1',
    status: 'PROCESSING',
    order: null,
  })
  expect(readOutboundSubmission(bytes({}))).toBeUndefined()
})

test('a list counts the order that it cannot read and gives the others', () => {
  expect(
    readOutboundOrdersPage(bytes({ orders: [order, { orderId: 'N2' }], pagination: { nextToken: 't' } })),
  ).toMatchObject({ orders: [{ orderId: 'N1' }], unreadable: 1, nextToken: 't' })
  expect(readOutboundOrdersPage(bytes({ orders: [] }))).toEqual({ orders: [], unreadable: 0, nextToken: null })
})

const interval = { startTime: '2026-05-02T12:00:00Z', endTime: '2026-05-03T23:59:00Z' }
const configuration = { serviceLevel: { serviceTier: 'TELEPORT', deliveryInterval: interval } }
const arrival = { arrivesFrom: new Date('2026-05-02T12:00:00Z'), arrivesUntil: new Date('2026-05-03T23:59:00Z') }

test('a preview is asked for with the same limits, and read with its prices and what stands against it', () => {
  const asked = getOutboundPreviewCall({ originCountry: 'GB', address, items: [line], tiers: ['EXPEDITED'] })
  const totalPrice = { currencyCode: 'GBP', amount: '4.25' }
  const offers = [{ fulfillmentConfiguration: configuration, estimatedPrice: { totalPrice } }]
  const preview = {
    plannedShipments: [{ items: [{ ...product, amount: eaches('2.0') }], offers }],
    constraints: [{ code: 'Moon', message: 'too far', type: 'New' }, 7],
  }

  expect(written(asked).json).toEqual({
    origin: { countryCode: 'GB' },
    destination: { deliveryAddress: address },
    fulfillmentConfiguration: { serviceLevel: { serviceTiers: ['EXPEDITED'] } },
    lineItems: [{ product, amount: eaches('2.0') }],
  })
  expect(getOutboundPreviewCall({ originCountry: 'GB', address, items: many(101) })).toMatchObject({ field: 'items' })
  expect(readOutboundPreview(bytes(preview))).toMatchObject({
    shipments: [
      {
        items: [{ sku: 'FBA', quantity: 2 }],
        offers: [{ tier: 'TELEPORT', ...arrival, shipsFrom: null, price: { amount: '4.25', currency: 'GBP' } }],
      },
    ],
    constraints: [{ code: 'Moon', text: 'too far' }],
  })
})

test('offers are asked for by SKU and read with their end', () => {
  const destination = { countryCode: 'GB', postalCode: 'N1' }
  const asked = getOutboundOffersCall({ originCountry: 'GB', destination, skus: ['FBA'] })
  const offer = { fulfillmentConfiguration: configuration, expiryTime: '2026-04-30T12:00:00Z' }

  expect(written(asked).json).toEqual({
    origin: { countryCode: 'GB' },
    destination: { deliveryAddress: destination },
    items: [product],
  })
  expect(getOutboundOffersCall({ originCountry: 'GB', skus: [] })).toMatchObject({ kind: 'refused', field: 'skus' })
  expect(getOutboundOffersCall({ originCountry: 'GB', skus: ['A', ''] })).toMatchObject({ field: 'skus[1]' })
  expect(readOutboundOffers(bytes({ offerResults: [{ item: product, offers: [offer] }] }))).toMatchObject([
    { sku: 'FBA', offers: [{ ...arrival, price: null, expiresAt: new Date('2026-04-30T12:00:00Z') }], constraints: [] },
  ])
})

test('no reader throws, whatever Amazon sends', () => {
  const readers = [
    readOutboundOrder,
    readOutboundOrdersPage,
    readOutboundSubmission,
    readOutboundPreview,
    readOutboundOffers,
  ]
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
