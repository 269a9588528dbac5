import { beforeEach, describe, expect, test } from '@jest/globals'
import { inProcessSeller, startInProcess, type InProcessAmazon, type InProcessAnswer } from '../../in-process-client.ts'
import { putFbaInventory } from '../control/fba.ts'
import { changeSettings } from '../control/settings.ts'
import { readOwnJson, type JsonObject } from '../json.ts'
import { receiveMessages } from '../queue/queues.ts'
import { settle } from '../settle.ts'
import type { Settings } from '../settings.ts'

const { sellerId } = inProcessSeller
const uk = 'A1F83G8C2ARO7P'
const de = 'A1PA6795UKMFR9'
const queue = '123456789012/hints'
const arn = 'arn:aws:sqs:eu-west-1:123456789012:hints'
const sku = 'A/B 1+2'
let amazon: InProcessAmazon
let grantless: string

beforeEach(() => {
  amazon = startInProcess({ settings: { propagationMs: 1000, reportMs: 5000, rates } })
  for (const marketplaceId of [uk, de])
    amazon.simulator.putListing({ sellerId, sku, marketplaceId, asin: 'B000000001', title: 'Cup', quantity: 5 })
  grantless = fetchGrantless()
})

const rates: Settings['rates'] = Object.fromEntries(
  ['createDestination', 'getDestinations', 'createSubscription'].map((name) => [name, { rate: 100, burst: 100 }]),
)

function fetchGrantless(clientId = 'app'): string {
  const form = { grant_type: 'client_credentials', scope: 'sellingpartnerapi::notifications' }
  const body = new URLSearchParams({ ...form, client_id: clientId, client_secret: 's' }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return String(amazon.send({ method: 'POST', target: '/auth/o2/token', headers, body }).json['access_token'])
}

function callAsApplication(method: string, path: string, body?: object): InProcessAnswer {
  const headers = { 'x-amz-access-token': grantless, 'content-type': 'application/json' }
  const content = body === undefined ? {} : { body: JSON.stringify(body) }
  return amazon.send({ method, target: `/notifications/v1${path}`, headers, ...content })
}

function newDestination(resource: object = { sqs: { arn } }): InProcessAnswer {
  return callAsApplication('POST', '/destinations', { name: 'hints', resourceSpecification: resource })
}

function subscribe(type: string, more: object = {}, payloadVersion = '1.0'): InProcessAnswer {
  const known = callAsApplication('GET', '/destinations').json['payload'] as { destinationId: string }[]
  const destinationId = known[0]?.destinationId ?? payloadOf(newDestination())['destinationId']
  return amazon.call('POST', `/notifications/v1/subscriptions/${type}`, { payloadVersion, destinationId, ...more })
}

function payloadOf(answer: InProcessAnswer): JsonObject {
  return answer.json['payload'] as JsonObject
}

/** What has arrived by now and was not received before. */
function received(): JsonObject[] {
  const now = amazon.clock.now()
  settle(amazon.simulator.world, now)
  const call = { most: 1000, visibilityTimeoutMs: 3_600_000, now }
  return receiveMessages(amazon.simulator.world, queue, call).map(({ message }) =>
    readOwnJson<JsonObject>(message.body),
  )
}

function order(marketplaceId = uk, quantity = 1): string {
  return amazon.simulator.placeOrder({ sellerId, marketplaceId, lines: [{ sku, quantity }] }).orderId
}

function placeAnyway(): void {
  amazon.simulator.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 1 }], ignoreQuantity: true })
}

function orderOf(notification: JsonObject | undefined): JsonObject {
  const payload = notification?.['Payload'] as { OrderChangeNotification: JsonObject } | undefined
  return payload?.OrderChangeNotification ?? {}
}

describe('destinations', () => {
  test('are made, listed, read and deleted by the application', () => {
    const made = payloadOf(newDestination())
    const path = `/destinations/${String(made['destinationId'])}`

    expect(made).toMatchObject({ name: 'hints', resource: { sqs: { arn } } })
    expect(payloadOf(callAsApplication('GET', path))).toEqual(made)
    expect(callAsApplication('GET', '/destinations').json['payload']).toEqual([made])
    expect(callAsApplication('DELETE', path).status).toBe(200)
    expect(callAsApplication('GET', path).status).toBe(404)
  })

  test('are one per application and resource, and stay while a subscription sends there', () => {
    const made = payloadOf(newDestination())
    subscribe('ORDER_CHANGE')

    expect(newDestination().status).toBe(409)
    expect(callAsApplication('DELETE', `/destinations/${String(made['destinationId'])}`).status).toBe(409)
    grantless = fetchGrantless('another application')
    expect(newDestination().status).toBe(200)
  })

  test.each([
    ['a FIFO queue', { sqs: { arn: `${arn}.fifo` } }],
    ['an ARN of something else', { sqs: { arn: 'arn:aws:sns:eu-west-1:123456789012:hints' } }],
    ['both kinds', { sqs: { arn }, eventBridge: { region: 'eu-west-1', accountId: '123456789012' } }],
    ['nothing', {}],
  ])('with %s are refused', (_name, resource) => {
    expect(newDestination(resource).status).toBe(400)
  })
})

const filterOf = (eventFilter: object) => ({ processingDirective: { eventFilter } })

describe('subscriptions', () => {
  test('are made and read by the seller’s grant, read by id and deleted by the application', () => {
    const made = payloadOf(subscribe('ORDER_CHANGE'))
    const byId = `/subscriptions/ORDER_CHANGE/${String(made['subscriptionId'])}`

    expect(payloadOf(amazon.call('GET', '/notifications/v1/subscriptions/ORDER_CHANGE'))).toEqual(made)
    expect(payloadOf(callAsApplication('GET', byId))).toEqual(made)
    expect(subscribe('ORDER_CHANGE').status).toBe(409)
    expect(amazon.call('GET', `/notifications/v1${byId}`).status).toBe(403)
    expect(callAsApplication('DELETE', byId).status).toBe(200)
    expect(amazon.call('GET', '/notifications/v1/subscriptions/ORDER_CHANGE').status).toBe(404)
  })

  test('are listed in pages', () => {
    const made = ['ORDER_CHANGE', 'LISTINGS_ITEM_STATUS_CHANGE'].map((type) => payloadOf(subscribe(type)))

    const all = payloadOf(amazon.call('GET', '/notifications/v1/subscriptions'))
    const one = payloadOf(amazon.call('GET', '/notifications/v1/subscriptions?notificationTypes=ORDER_CHANGE'))

    expect(all['subscriptions']).toHaveLength(2)
    expect(one['subscriptions']).toEqual([made[0]])
    expect(amazon.call('GET', '/notifications/v1/subscriptions?pageSize=29').status).toBe(400)
  })

  const orderChange = 'ORDER_CHANGE'
  const statusChange = 'LISTINGS_ITEM_STATUS_CHANGE'
  const both = { eventFilter: { eventFilterType: orderChange }, filterExpression: 'true' }
  test.each([
    { name: 'another payload version', type: orderChange, version: '2.0' },
    { name: 'a type nobody sends', type: 'ANY_OFFER_CHANGED' },
    { name: 'a filter of another type', type: orderChange, more: filterOf({ eventFilterType: 'ANY_OFFER_CHANGED' }) },
    { name: 'a filter without its type', type: orderChange, more: filterOf({ marketplaceIds: [uk] }) },
    { name: 'a filter where none can be', type: statusChange, more: filterOf({ eventFilterType: statusChange }) },
    {
      name: 'a wrong marketplace',
      type: orderChange,
      more: filterOf({ eventFilterType: orderChange, marketplaceIds: ['x'] }),
    },
    {
      name: 'a wrong change type',
      type: orderChange,
      more: filterOf({ eventFilterType: orderChange, orderChangeTypes: ['x'] }),
    },
    { name: 'a filter and an expression', type: orderChange, more: { processingDirective: both } },
    { name: 'an unknown destination', type: orderChange, more: { destinationId: 'none' }, expected: 404 },
  ])('with $name are refused', ({ type: wanted, more, version, expected }) => {
    expect(subscribe(wanted, more, version).status).toBe(expected ?? 400)
  })

  test('need a role of their type', () => {
    amazon.simulator.addSeller({ ...inProcessSeller, roles: ['Finance and Accounting'] })

    expect(subscribe('ORDER_CHANGE').status).toBe(403)
    expect(subscribe('REPORT_PROCESSING_FINISHED', {}, '2020-09-04').status).toBe(200)
  })

  test('ORDER_CHANGE goes to SQS only', () => {
    const bridge = newDestination({ eventBridge: { region: 'eu-west-1', accountId: '123456789012' } })
    const { destinationId } = payloadOf(bridge)

    expect(subscribe('ORDER_CHANGE', { destinationId }).status).toBe(400)
    expect(subscribe('LISTINGS_ITEM_STATUS_CHANGE', { destinationId }).status).toBe(200)
  })

  test('sendTestNotification is refused outside the sandbox', () => {
    expect(callAsApplication('POST', '/subscriptions/ORDER_CHANGE/testNotification', {}).status).toBe(400)
  })
})

describe('ORDER_CHANGE', () => {
  test('tells of a new order, a requested cancellation and a cancellation in the words of Orders v0', () => {
    subscribe('ORDER_CHANGE')

    const orderId = order(uk, 2)
    amazon.simulator.changeOrder(orderId, 'request-cancel')
    amazon.simulator.changeOrder(orderId, 'cancel')
    const [placed, requested, cancelled] = received()

    expect(placed).toMatchObject({ NotificationType: 'ORDER_CHANGE', PayloadVersion: '1.0' })
    expect(orderOf(placed)).toMatchObject({
      NotificationLevel: 'OrderLevel',
      SellerId: sellerId,
      AmazonOrderId: orderId,
      OrderChangeType: 'OrderStatusChange',
      Summary: { MarketplaceId: uk, OrderStatus: 'Unshipped', FulfillmentType: 'MFN', NumberOfItemsUnshipped: 2 },
    })
    expect(orderOf(requested)).toMatchObject({
      NotificationLevel: 'OrderItemLevel',
      OrderChangeType: 'BuyerRequestedChange',
      Summary: { OrderItems: [{ SellerSKU: sku, IsBuyerRequestedCancel: true, OrderItemStatus: 'Unshipped' }] },
    })
    expect(orderOf(cancelled)).toMatchObject({ Summary: { OrderStatus: 'Canceled', NumberOfItemsUnshipped: 0 } })
  })

  test('carries no personal data but the postcode', () => {
    subscribe('ORDER_CHANGE')

    const { buyer } = amazon.simulator.order(order())
    const text = JSON.stringify(received())

    expect(text).toContain(buyer.postalCode)
    for (const secret of [buyer.name, buyer.email, buyer.phone, buyer.addressLine1]) expect(text).not.toContain(secret)
  })

  test('obeys the marketplaces and change types of an event filter', () => {
    const eventFilter = {
      eventFilterType: 'ORDER_CHANGE',
      marketplaceIds: [de],
      orderChangeTypes: ['BuyerRequestedChange'],
    }
    subscribe('ORDER_CHANGE', { processingDirective: { eventFilter } })

    for (const marketplaceId of [uk, de]) amazon.simulator.changeOrder(order(marketplaceId), 'request-cancel')

    expect(received().map((one) => orderOf(one)['OrderChangeType'])).toEqual(['BuyerRequestedChange'])
  })

  test('says nothing of new orders when the setting says so', () => {
    changeSettings(amazon.simulator.world, { notifyNewOrders: false })
    subscribe('ORDER_CHANGE')

    amazon.simulator.changeOrder(order(), 'ship')

    expect(received().map((one) => orderOf(one)['Summary'])).toMatchObject([{ OrderStatus: 'Shipped' }])
  })
})

test('a report that ends is told of in camel case, without anybody asking for it', () => {
  subscribe('REPORT_PROCESSING_FINISHED', {}, '2020-09-04')
  const body = { reportType: 'GET_MERCHANT_LISTINGS_ALL_DATA', marketplaceIds: [uk] }
  const { reportId } = amazon.call('POST', '/reports/2021-06-30/reports', body).json

  amazon.clock.advance(4999)
  expect(received()).toEqual([])
  amazon.clock.advance(1)

  expect(received()).toMatchObject([
    {
      notificationType: 'REPORT_PROCESSING_FINISHED',
      payloadVersion: '2020-09-04',
      eventTime: '2026-03-02T09:00:05.000Z',
      payload: {
        reportProcessingFinishedNotification: {
          sellerId,
          reportId,
          reportType: 'GET_MERCHANT_LISTINGS_ALL_DATA',
          processingStatus: 'DONE',
          reportDocumentId: expect.stringMatching(/^amzn1\.spdoc/),
        },
      },
      notificationMetadata: { notificationId: expect.any(String), subscriptionId: expect.any(String) },
    },
  ])
})

test('a feed that ends is told of in camel case with its processing report', () => {
  subscribe('FEED_PROCESSING_FINISHED', {}, '2020-09-04')
  const contentType = 'application/json; charset=UTF-8'
  const { feedDocumentId, url } = amazon.call('POST', '/feeds/2021-06-30/documents', { contentType }).json
  const { pathname, search } = new URL(String(url))
  const message = { messageId: 1, sku, operationType: 'PATCH', productType: 'PRODUCT', patches: [] }
  const content = { header: { sellerId, version: '2.0', issueLocale: 'en_GB' }, messages: [message] }
  const upload = { method: 'PUT', target: pathname + search, headers: { 'content-type': contentType } }
  amazon.send({ ...upload, body: JSON.stringify(content) })
  const wanted = { feedType: 'JSON_LISTINGS_FEED', marketplaceIds: [uk], inputFeedDocumentId: feedDocumentId }
  const { feedId } = amazon.call('POST', '/feeds/2021-06-30/feeds', wanted).json

  expect(received()).toEqual([])
  amazon.clock.advance(600_000)

  expect(received().map((one) => one['payload'])).toEqual([
    {
      feedProcessingFinishedNotification: {
        accountId: expect.any(String),
        sellerId,
        feedId,
        feedType: 'JSON_LISTINGS_FEED',
        processingStatus: 'DONE',
        resultFeedDocumentId: expect.any(String),
      },
    },
  ])
})

test('the live quantity is told without a marketplace when a write lands and when units are sold', () => {
  subscribe('LISTINGS_ITEM_MFN_QUANTITY_CHANGE')

  amazon.simulator.patchListing({ sellerId, sku, quantity: 9 })
  expect(received()).toEqual([])
  amazon.clock.advance(1000)
  const [landed] = received()
  order(uk, 2)
  const [sold] = received()

  expect(landed?.['Payload']).toEqual({ SellerId: sellerId, FulfillmentChannelCode: 'DEFAULT', Sku: sku, Quantity: 9 })
  expect(sold?.['Payload']).toMatchObject({ Quantity: 7 })
})

test('a status is told for every marketplace in which it changed', () => {
  subscribe('LISTINGS_ITEM_STATUS_CHANGE')

  amazon.simulator.putListing({ sellerId, sku, marketplaceId: de, closed: true })
  const closed = received()
  order(uk, 5)
  const soldOut = received()

  expect(closed.map((one) => one['Payload'])).toMatchObject([{ MarketplaceId: de, Status: [] }])
  expect(soldOut.map((one) => one['Payload'])).toMatchObject([{ MarketplaceId: uk, Status: ['DISCOVERABLE'] }])
})

test('Amazon’s own stock is told for every marketplace when it is set and when it is sold', () => {
  const fba = { sellerId, sku: 'FBA', asin: 'B2', title: 'Fba', fulfillmentChannel: 'AMAZON_EU' }
  for (const marketplaceId of [uk, de]) amazon.simulator.putListing({ ...fba, marketplaceId })
  subscribe('FBA_INVENTORY_AVAILABILITY_CHANGES')

  const { world } = amazon.simulator
  putFbaInventory(world, { sellerId, sku: 'FBA', marketplaceId: de, fulfillable: 8 }, amazon.clock.now())
  amazon.simulator.placeOrder({ sellerId, marketplaceId: de, lines: [{ sku: 'FBA', quantity: 2 }] })
  const [set, sold] = received()

  expect(set?.['Payload']).toMatchObject({
    SKU: 'FBA',
    FulfillmentInventoryByMarketplace: [
      { MarketplaceId: uk, FulfillmentInventory: { Fulfillable: 0 } },
      { MarketplaceId: de, FulfillmentInventory: { Fulfillable: 8 } },
    ],
  })
  expect(sold?.['Payload']).toMatchObject({
    FulfillmentInventoryByMarketplace: [
      {},
      { FulfillmentInventory: { Fulfillable: 6, ReservedQuantityBreakdown: { PendingCustomerOrder: 2 } } },
    ],
  })
})

describe('delivery is no promise', () => {
  test('[R12] a share of notifications is lost, the same ones for the same seed', () => {
    changeSettings(amazon.simulator.world, { notificationLoss: 0.5 })
    subscribe('ORDER_CHANGE')

    for (let i = 0; i < 200; i++) placeAnyway()
    const arrived = received().length

    expect(arrived).toBeGreaterThan(60)
    expect(arrived).toBeLessThan(140)
    changeSettings(amazon.simulator.world, { notificationLoss: 1 })
    placeAnyway()
    expect(received()).toEqual([])
  })

  test('a doubled notification has one id in two messages', () => {
    changeSettings(amazon.simulator.world, { notificationDuplicates: 1 })
    subscribe('ORDER_CHANGE')

    order()
    const [first, second] = received()

    expect(second).toEqual(first)
  })

  test('notifications come late and overtake each other, their event times do not', () => {
    changeSettings(amazon.simulator.world, { notificationDelayMs: 1000, notificationJitterMs: 60_000 })
    subscribe('ORDER_CHANGE')
    const times = Array.from({ length: 30 }, () => {
      amazon.clock.advance(1000)
      placeAnyway()
      return new Date(amazon.clock.now()).toISOString()
    })

    const arrivals: string[] = []
    for (let second = 0; second < 100; second++) {
      amazon.clock.advance(1000)
      arrivals.push(...received().map((one) => String(one['EventTime'])))
    }

    expect(arrivals).toHaveLength(30)
    expect(arrivals.toSorted()).not.toEqual(arrivals)
    expect(arrivals.toSorted()).toEqual(times)
  })
})
