import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { patchQuantityCall, readListings, readListingsCalls, readSubmission } from './listings.ts'
import { readExchange } from './login.ts'
import { readOrder, readOrderReply, readOrdersPage, searchOrdersCall } from './orders.ts'
import { createReportCall, readCreatedReport, readReport, readReportDocument } from './reports.ts'
import { readParticipations } from './sellers.ts'
import { checkParcel, confirmShipmentCall, type Parcel } from './shipments.ts'

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const json = (body: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(body))

const order = {
  orderId: '202-0000001-0000001',
  createdTime: '2026-11-21T10:00:00+01:00',
  lastUpdatedTime: '2026-11-21T09:30:00Z',
  salesChannel: { channelName: 'AMAZON', marketplaceId: 'A1F83G8C2ARO7P' },
  buyer: { buyerName: 'Jane', buyerEmail: 'jane@example.com' },
  recipient: { deliveryAddress: { name: 'Jane', city: 'Leeds', extendedFields: { x: 1 } } },
  fulfillment: { fulfillmentStatus: 'SOMETHING_NEW', fulfilledBy: 'MERCHANT', shipByWindow: {} },
  orderItems: [
    {
      orderItemId: '10000000000001',
      quantityOrdered: 2,
      product: { sellerSku: 'A', title: 'T', price: { unitPrice: { amount: '9.99', currencyCode: 'GBP' } } },
      fulfillment: { quantityFulfilled: 0, quantityUnfulfilled: 2 },
    },
  ],
}

test('an order is read in plain values: ids stay text, words nobody knows stay, times are instants', () => {
  const reading = readOrder(order)

  expect(reading).toMatchObject({
    kind: 'order',
    order: {
      orderId: '202-0000001-0000001',
      createdAt: new Date('2026-11-21T09:00:00Z'),
      status: 'SOMETHING_NEW',
      shipBy: null,
      lines: [
        { orderItemId: '10000000000001', unitPrice: { amount: '9.99', currency: 'GBP' }, buyerAskedToCancel: false },
      ],
      buyer: null,
    },
  })
})

test('buyer data are read only when they are asked for', () => {
  expect(JSON.stringify(readOrder(order))).not.toContain('Jane')
  expect(readOrder(order, { buyer: true })).toMatchObject({
    order: { buyer: { name: 'Jane', email: 'jane@example.com', address: { name: 'Jane', city: 'Leeds' } } },
  })
})

test('[T-12] a pending order has no price, and no price is not 0', () => {
  const [line] = order.orderItems
  const pending = { ...order, orderItems: [{ ...line, product: { sellerSku: 'A', price: { unitPrice: null } } }] }

  expect(readOrder(pending)).toMatchObject({ order: { lines: [{ unitPrice: null }] } })
})

test('[T-20] an order item id that came as a number is damaged, so the order is unreadable; the problem holds no value', () => {
  const damaged = { ...order, orderItems: [{ ...order.orderItems[0], orderItemId: 1e16 }] }

  expect(readOrder(damaged)).toEqual({ kind: 'unreadable', problem: 'orderItems.0.orderItemId: invalid type' })
})

test('a buyer who asked to cancel shows on the line', () => {
  const asked = { ...order.orderItems[0], cancellation: { cancellationRequest: { requester: 'BUYER' } } }

  expect(readOrder({ ...order, orderItems: [asked] })).toMatchObject({
    order: { lines: [{ buyerAskedToCancel: true }] },
  })
})

test('one order alone may stand in an envelope', () => {
  expect(readOrderReply(bytes({ order }))).toMatchObject({ kind: 'order' })
  expect(readOrderReply(bytes(order))).toMatchObject({ kind: 'order' })
})

test('a page gives its orders unread, its token and the bound it answers up to', () => {
  const page = readOrdersPage(
    bytes({ orders: [order, 7], pagination: { nextToken: 'n' }, lastUpdatedBefore: '2026-11-21T10:00:00Z' }),
  )

  expect(page).toEqual({ orders: [order, 7], nextToken: 'n', lastUpdatedBefore: new Date('2026-11-21T10:00:00Z') })
  expect(readOrdersPage(bytes({ orders: [] }))).toEqual({ orders: [], nextToken: null, lastUpdatedBefore: null })
})

test('[T-07] [T-06] a poll asks in UTC and names no upper bound', () => {
  const call = searchOrdersCall({
    marketplaceIds: ['A', 'B'],
    lastUpdatedAfter: new Date('2026-11-21T10:00:00+02:00'),
    includedData: [],
  })

  expect(Object.fromEntries(call.query)).toEqual({
    marketplaceIds: 'A,B',
    lastUpdatedAfter: '2026-11-21T08:00:00.000Z',
    maxResultsPerPage: '100',
  })
})

test('[T-26] a quantity is merged, so that lead time and restock date stay; a lead time goes with it', () => {
  const patch = {
    sellerId: 'S',
    sku: 'A',
    marketplaceId: 'M',
    productType: 'PRODUCT',
    quantity: 0,
    leadTimeDays: null,
    op: 'merge' as const,
  }
  const availability = { fulfillment_channel_code: 'DEFAULT', quantity: 0 }
  const path = '/attributes/fulfillment_availability'

  expect(json(patchQuantityCall(patch).body)).toEqual({
    productType: 'PRODUCT',
    patches: [{ op: 'merge', path, value: [availability] }],
  })
  expect(json(patchQuantityCall({ ...patch, leadTimeDays: 3 }).body)).toMatchObject({
    patches: [{ value: [{ ...availability, lead_time_to_ship_max_days: 3 }] }],
  })
})

test('[T-30] ACCEPTED is queued, INVALID is refused with its issue, anything else says nothing', () => {
  const issues = [
    { code: '90220', message: 'is required', severity: 'ERROR' },
    { code: '1', message: 'hm', severity: 'WARNING' },
  ]

  expect(readSubmission(bytes({ sku: 'A', status: 'ACCEPTED', submissionId: 's', issues: [] }))).toEqual({
    kind: 'accepted',
    submissionId: 's',
  })
  expect(readSubmission(bytes({ sku: 'A', status: 'INVALID', issues }))).toEqual({
    kind: 'invalid',
    issue: '90220: is required',
  })
  expect(readSubmission(bytes({ sku: 'A', status: 'INVALID' }))).toEqual({
    kind: 'invalid',
    issue: 'Amazon names no issue',
  })
  expect(readSubmission(bytes({ sku: 'A', status: 'VALID' }))).toBeUndefined()
})

test('SKUs are read twenty at a time, and one with a comma by itself', () => {
  const skus = [...Array.from({ length: 45 }, (_, i) => `S${i}`), 'a,b']
  const calls = readListingsCalls({ sellerId: 'S', skus, marketplaceIds: ['M'], withLeadTime: false })

  expect(calls.map((call) => call.operation)).toEqual([
    'getListingsItem',
    'searchListingsItems',
    'searchListingsItems',
    'searchListingsItems',
  ])
  expect(calls[0]?.path).toEqual({ sellerId: 'S', sku: 'a,b' })
  expect(calls.slice(1).map((call) => Object.fromEntries(call.query)['identifiers']?.split(',').length)).toEqual([
    20, 20, 5,
  ])
})

const item = (fulfillmentAvailability: unknown) =>
  readListings(bytes({ items: [{ sku: 'A', fulfillmentAvailability }] }))?.[0]

test("the live quantity is the one of the merchant's own channel; none is not 0", () => {
  const both = [
    { fulfillmentChannelCode: 'AMAZON_EU', quantity: 7 },
    { fulfillmentChannelCode: 'DEFAULT', quantity: 3 },
  ]

  expect(item(both)).toMatchObject({ quantity: 3, channels: ['AMAZON_EU', 'DEFAULT'] })
  expect(item([{ fulfillmentChannelCode: 'DEFAULT' }])).toMatchObject({ quantity: null, channels: ['DEFAULT'] })
  expect(item(null)).toMatchObject({ quantity: null, channels: [] })
})

const parcel: Parcel = {
  orderId: 'O',
  marketplaceId: 'M',
  number: 1,
  carrierCode: 'Royal Mail',
  carrierName: '',
  shippingMethod: '',
  trackingNumber: 'T',
  shippedAt: new Date('2026-11-21T10:00:00Z'),
  items: [{ orderItemId: '10000000000001', quantity: 1 }],
}

test('[T-19] [T-20] a parcel goes with a numeric text as reference and with its items as a list', () => {
  expect(json(confirmShipmentCall(parcel).body)).toEqual({
    marketplaceId: 'M',
    packageDetail: {
      packageReferenceId: '1',
      carrierCode: 'Royal Mail',
      trackingNumber: 'T',
      shipDate: '2026-11-21T10:00:00.000Z',
      orderItems: [{ orderItemId: '10000000000001', quantity: 1 }],
    },
  })
  expect(checkParcel(parcel)).toBeUndefined()
})

test.each([
  ['number', { number: 0 }],
  ['number', { number: 1.5 }],
  ['carrierCode', { carrierCode: '' }],
  ['carrierName', { carrierCode: 'Other' }],
  ['trackingNumber', { trackingNumber: '' }],
  ['items', { items: [] }],
  ['items', { items: [{ orderItemId: '1', quantity: 0 }] }],
] satisfies [string, Partial<Parcel>][])(
  '[T-25] a parcel Amazon would refuse is found before it is sent: %s',
  (field, change) => {
    expect(checkParcel({ ...parcel, ...change })).toMatchObject({ field })
  },
)

const progress = (processingStatus: string, reportDocumentId?: string) =>
  readReport(bytes({ processingStatus, reportDocumentId }))

test('a report is made, being made, cancelled or fatal; DONE without a document is no answer', () => {
  expect(progress('DONE', 'd')).toEqual({ kind: 'made', documentId: 'd' })
  expect(progress('DONE')).toBeUndefined()
  expect(progress('IN_QUEUE')).toEqual({ kind: 'being_made', status: 'IN_QUEUE' })
  expect(progress('SOMETHING_NEW')).toEqual({ kind: 'being_made', status: 'SOMETHING_NEW' })
  expect(progress('CANCELLED')).toEqual({ kind: 'cancelled' })
  expect(progress('FATAL')).toEqual({ kind: 'fatal', documentId: null })
})

test('a report document of a compression nobody knows is not taken', () => {
  const document = { reportDocumentId: 'd', url: 'https://s3.example/x' }

  expect(readReportDocument(bytes(document))).toEqual({
    documentId: 'd',
    url: 'https://s3.example/x',
    compression: null,
  })
  expect(readReportDocument(bytes({ ...document, compressionAlgorithm: 'GZIP' }))?.compression).toBe('GZIP')
  expect(readReportDocument(bytes({ ...document, compressionAlgorithm: 'BROTLI' }))).toBeUndefined()
})

test('a report is asked for with what is given and nothing else', () => {
  expect(json(createReportCall({ reportType: 'T', marketplaceIds: ['M'] }).body)).toEqual({
    reportType: 'T',
    marketplaceIds: ['M'],
  })
})

test('no reader throws, whatever Amazon sends', () => {
  const readers: ((body: Uint8Array) => unknown)[] = [
    readListings,
    readSubmission,
    readOrdersPage,
    readOrderReply,
    readCreatedReport,
    readReport,
    readReportDocument,
    readParticipations,
    (body) => readExchange(200, body),
  ]
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(bytes)), (body) => {
      for (const reader of readers) expect(() => reader(body)).not.toThrow()
    }),
  )
})
