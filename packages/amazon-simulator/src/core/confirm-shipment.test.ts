import { beforeEach, expect, test } from '@jest/globals'
import type { JsonObject } from './json.ts'
import { startInProcess, inProcessSeller, type InProcessAmazon } from '../in-process-client.ts'

const { sellerId } = inProcessSeller
const uk = 'A1F83G8C2ARO7P'
let amazon: InProcessAmazon

beforeEach(() => {
  amazon = startInProcess()
  const listing = { sellerId, marketplaceId: uk, asin: 'B000000001', title: 'Thing', quantity: 100 }
  amazon.simulator.putListing({ ...listing, sku: 'A' })
  amazon.simulator.putListing({ ...listing, sku: 'B' })
  amazon.simulator.putListing({ ...listing, sku: 'FBA', fulfillmentChannel: 'AMAZON_EU' })
})

const place = (more: JsonObject = {}) => {
  const lines = [
    { sku: 'A', quantity: 2 },
    { sku: 'B', quantity: 1 },
  ]
  return amazon.simulator.placeOrder({ sellerId, marketplaceId: uk, lines, ...more }).orderId
}
const itemsOf = (orderId: string) =>
  amazon.simulator.order(orderId).lines.map(({ orderItemId, ordered }) => ({ orderItemId, quantity: ordered }))
const confirm = (orderId: string, detail: JsonObject = {}, more: JsonObject = {}) =>
  amazon.call('POST', `/orders/v0/orders/${orderId}/shipmentConfirmation`, {
    marketplaceId: uk,
    packageDetail: {
      packageReferenceId: '1',
      carrierCode: 'Royal Mail',
      trackingNumber: 'RM1',
      shipDate: '2026-03-02T08:00:00Z',
      orderItems: itemsOf(orderId),
      ...detail,
    },
    ...more,
  })
const messageOf = (answer: { json: JsonObject }) =>
  (answer.json['errors'] as { message: string }[] | undefined)?.[0]?.message

test('[T-22] a confirmed order answers 204 without a body and is Shipped', () => {
  const orderId = place()
  const answer = confirm(orderId)

  expect([answer.status, answer.bytes.length]).toEqual([204, 0])
  expect(amazon.simulator.order(orderId)).toMatchObject({
    status: 'SHIPPED',
    buyerMailsSent: 1,
    packages: [{ trackingNumber: 'RM1' }],
  })
})

test('[S003-18] the packages of a shipped order show carrier, tracking and items', () => {
  const orderId = place()
  confirm(orderId)

  const { order } = amazon.call('GET', `/orders/2026-01-01/orders/${orderId}?includedData=PACKAGES`).json as {
    order: JsonObject
  }
  expect(order['packages']).toMatchObject([
    { packageReferenceId: '1', carrier: 'Royal Mail', trackingNumber: 'RM1', packageItems: itemsOf(orderId) },
  ])
})

test('a partial shipment sets what is fulfilled and leaves the order partially shipped', () => {
  const orderId = place()
  const [first] = itemsOf(orderId)
  confirm(orderId, { orderItems: [{ ...first, quantity: 1 }] })

  const order = amazon.simulator.order(orderId)
  expect([order.status, order.lines.map(({ fulfilled }) => fulfilled)]).toEqual(['PARTIALLY_SHIPPED', [1, 0]])
})

test('the same reference edits its package, also after shipping, and sends no second mail', () => {
  const orderId = place()
  confirm(orderId)
  const edit = confirm(orderId, { trackingNumber: 'RM2' })

  expect(edit.status).toBe(204)
  expect(amazon.simulator.order(orderId)).toMatchObject({
    buyerMailsSent: 1,
    packages: [{ trackingNumber: 'RM2' }],
    status: 'SHIPPED',
  })
  expect(amazon.simulator.order(orderId).packages).toHaveLength(1)
})

test('an edit that takes units out of a package opens them again', () => {
  const orderId = place()
  confirm(orderId)
  const [first] = itemsOf(orderId)
  confirm(orderId, { orderItems: [{ ...first, quantity: 1 }] })

  const order = amazon.simulator.order(orderId)
  expect([order.status, order.lines.map(({ fulfilled }) => fulfilled)]).toEqual(['PARTIALLY_SHIPPED', [1, 0]])
})

test('another reference after full fulfilment answers 400 PackageToUpdateNotFound and changes nothing', () => {
  const orderId = place()
  confirm(orderId)
  const again = confirm(orderId, { packageReferenceId: '2' })

  expect([again.status, messageOf(again)]).toEqual([400, expect.stringContaining('PackageToUpdateNotFound')])
  expect(amazon.simulator.order(orderId)).toMatchObject({ buyerMailsSent: 1 })
  expect(amazon.simulator.order(orderId).packages).toHaveLength(1)
})

test.each([
  ['[T-19] a number as reference', { packageReferenceId: 1 }, 'invalid type [packageDetail.packageReferenceId]'],
  ['[T-19] "0" as reference', { packageReferenceId: '0' }, 'must be a positive numeric value'],
  ['[T-19] a word as reference', { packageReferenceId: 'one' }, 'must be a positive numeric value'],
  ['[T-25] carrier Other without a name', { carrierCode: 'Other' }, "required when carrierCode is 'Other'"],
  ['no carrier', { carrierCode: undefined }, 'CarrierCode: is required'],
  ['no tracking number', { trackingNumber: '' }, 'TrackingNumber: is required'],
  ['a date that is not ISO', { shipDate: '02/21/2022' }, 'not an ISO 8601'],
  [
    '[T-20] items as an object',
    { orderItems: { orderItemId: '1', quantity: 1 } },
    'invalid type [packageDetail.orderItems]',
  ],
  ['[T-20] a line id as a number', { orderItems: [{ orderItemId: 123, quantity: 1 }] }, 'orderItemId'],
  ['no items', { orderItems: [] }, 'at least one item'],
  ['an unknown line', { orderItems: [{ orderItemId: '00000000000000', quantity: 1 }] }, 'NonexistentOrderItem'],
])('%s answers 400', (_name, detail, message) => {
  const orderId = place()
  const answer = confirm(orderId, detail)

  expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringContaining(message)])
  expect(amazon.simulator.order(orderId).packages).toEqual([])
})

test('more units than are open answer 400', () => {
  const orderId = place()
  const [first] = itemsOf(orderId)

  expect(confirm(orderId, { orderItems: [{ ...first, quantity: 3 }] }).status).toBe(400)
})

test.each([
  ['[T-24] an FBA order', { lines: [{ sku: 'FBA', quantity: 1 }] }, 'fulfilled by Amazon'],
  ['an FBM Ship+ order', { programs: ['FBM_SHIP_PLUS'] }, 'Ship+'],
  ['a pending order', { status: 'PENDING' }, 'PENDING'],
  ['a cancelled order', { status: 'CANCELLED' }, 'CANCELLED'],
])('%s answers 400', (_name, more, message) => {
  const answer = confirm(place(more))

  expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringContaining(message)])
})

test('the marketplace must be the order’s own', () => {
  expect(confirm(place(), {}, { marketplaceId: 'A1PA6795UKMFR9' }).status).toBe(400)
})

test('carrier Other with a name ships', () => {
  const orderId = place()

  expect(confirm(orderId, { carrierCode: 'Other', carrierName: 'Bike' }).status).toBe(204)
  expect(amazon.simulator.order(orderId).packages[0]?.carrierName).toBe('Bike')
})
