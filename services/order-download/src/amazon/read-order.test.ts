import { expect, test } from '@jest/globals'
import { readOrder } from './read-order.ts'
import { withoutBuyerData } from './without-buyer-data.ts'

const line = {
  orderItemId: '00000000000001',
  quantityOrdered: 2,
  product: { sellerSku: ' A/B ', title: 'A thing', price: { unitPrice: { amount: '9.99', currencyCode: 'GBP' } } },
  fulfillment: { quantityFulfilled: 1, quantityUnfulfilled: 1 },
}
const raw = {
  orderId: '202-0000001-0000001',
  createdTime: '2026-11-21T10:00:00Z',
  lastUpdatedTime: '2026-11-21T12:00:00+02:00',
  salesChannel: { channelName: 'AMAZON', marketplaceId: 'A1F83G8C2ARO7P' },
  fulfillment: { fulfillmentStatus: 'PARTIALLY_SHIPPED', fulfilledBy: 'MERCHANT' },
  orderItems: [line],
}
const withPrice = (unitPrice: unknown) => ({ ...raw, orderItems: [{ ...line, product: { price: { unitPrice } } }] })

test('[T-07] [T-20] an order is read with its ids as text and its times as instants', () => {
  expect(readOrder(raw)).toMatchObject({
    kind: 'order',
    order: {
      channelOrderId: '202-0000001-0000001',
      marketplace: 'UK',
      updatedAt: new Date('2026-11-21T10:00:00Z'),
      lines: [{ channelLineId: '00000000000001', channelSku: ' A/B ', price: { minor: 999, currency: 'GBP' } }],
    },
  })
})

test.each([
  [
    { amount: '1.10', currencyCode: 'GBP' },
    { minor: 110, currency: 'GBP' },
  ],
  [
    { amount: '1500', currencyCode: 'JPY' },
    { minor: 1500, currency: 'JPY' },
  ],
  [
    { amount: '0.00', currencyCode: 'EUR' },
    { minor: 0, currency: 'EUR' },
  ],
  [
    { amount: 8.95, currencyCode: 'USD' },
    { minor: 895, currency: 'USD' },
  ],
  [{ amount: 'free', currencyCode: 'USD' }, null],
  [{ amount: '99999999999999999999', currencyCode: 'USD' }, null],
  [null, null],
])('[T-12] [T-17] the price %j becomes %j: unknown is never 0', (unitPrice, price) => {
  expect(readOrder(withPrice(unitPrice))).toMatchObject({ kind: 'order', order: { lines: [{ price }] } })
})

test.each([
  ['orderId', { ...raw, orderId: undefined }, null],
  ['the order', 'not even an object', null],
  ['lastUpdatedTime', { ...raw, lastUpdatedTime: 'yesterday' }, raw.orderId],
  ['orderItems.0.quantityOrdered', { ...raw, orderItems: [{ ...line, quantityOrdered: '2' }] }, raw.orderId],
  ['no status', { ...raw, fulfillment: null }, raw.orderId],
  ['fulfilledBy', { ...raw, fulfillment: { fulfillmentStatus: 'UNSHIPPED', fulfilledBy: 'DRONE' } }, raw.orderId],
  ['no lines', { ...raw, orderItems: [] }, raw.orderId],
  ['no text', { ...raw, programs: ['\u0000'] }, null],
  ['no text', { ...raw, programs: ['\ud800'] }, null],
])('poison is kept with its reason: %s', (reason, poison, channelOrderId) => {
  const read = readOrder(poison)

  expect(read).toMatchObject({ kind: 'unreadable', reason: expect.stringContaining(reason), channelOrderId })
})

test('the same poison without an id has the same key, other poison another', () => {
  expect(keyOf({ a: 1 })).toBe(keyOf({ a: 1 }))
  expect(keyOf({ a: 1 })).not.toBe(keyOf({ a: 2 }))
})

test('[R24] what is kept of an order holds only fields that say nothing of the buyer', () => {
  const kept = withoutBuyerData({
    ...raw,
    buyer: { buyerEmail: 'canary' },
    recipient: { deliveryAddress: { city: 'canary' } },
    somethingNew: 'canary',
    orderItems: [{ ...line, product: { ...line.product, customization: { customizedUrl: 'canary' } } }],
  })

  expect(kept).toEqual(raw)
})

function keyOf(poison: unknown): string | undefined {
  const read = readOrder(poison)
  return read.kind === 'unreadable' ? read.sourceKey : undefined
}
