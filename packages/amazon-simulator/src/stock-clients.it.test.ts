// Before every client: their instances copy axios' defaults.
import { redirectAmazon } from './stock-clients-redirect.ts'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { AuthorizationScope, SellingPartnerApiAuth } from '@sp-api-sdk/auth'
import { FbaInventoryApiClient } from '@sp-api-sdk/fba-inventory-api-v1'
import { FeedsApiClient } from '@sp-api-sdk/feeds-api-2021-06-30'
import { FulfillmentOutboundApiClient } from '@sp-api-sdk/fulfillment-outbound-api-2020-07-01'
import { ListingsItemsApiClient } from '@sp-api-sdk/listings-items-api-2021-08-01'
import { NotificationsApiClient } from '@sp-api-sdk/notifications-api-v1'
import { OrdersApiClient } from '@sp-api-sdk/orders-api-2026-01-01'
import { ReportsApiClient } from '@sp-api-sdk/reports-api-2021-06-30'
import { gunzipSync } from 'node:zlib'
import { simulatorControl, type SimulatorControl } from './control-client.ts'
import { startSimulatorServer } from './server.ts'

const sellerId = 'A1DEMO0000EU'
const uk = 'A1F83G8C2ARO7P'
const refreshToken = `Atzr|demo-${sellerId}`
const sku = 'A/B 1+2'
const itemPath = { sellerId, sku }
let sim: SimulatorControl
let cleanUp: AsyncDisposableStack

beforeEach(async () => {
  cleanUp = new AsyncDisposableStack()
  const server = cleanUp.use(await startSimulatorServer({ port: 0, seed: 'stock', clock: 'virtual' }))
  sim = simulatorControl(server.url)
  redirectAmazon(server.url)
  await sim.putSeller({ sellerId, region: 'EU', marketplaceIds: [uk], refreshToken })
  await sim.putListing({ sellerId, sku, marketplaceId: uk, asin: 'B000000001', title: 'Slash', quantity: 5 })
})

afterEach(() => cleanUp.disposeAsync())

/** Their own token handling, their own clients; only the wire leads to the simulator. */
const configuration = () => {
  const client = { clientId: 'app', clientSecret: 's' }
  return { auth: new SellingPartnerApiAuth({ ...client, refreshToken }), region: 'eu' as const }
}

const grantless = () => {
  const client = { clientId: 'app', clientSecret: 's' }
  const scopes: [AuthorizationScope] = [AuthorizationScope.NOTIFICATIONS]
  return { auth: new SellingPartnerApiAuth({ ...client, scopes }), region: 'eu' as const }
}

test('orders 2026-01-01: search, pages and one order', async () => {
  const orders = new OrdersApiClient(configuration())
  const lines = [{ sku, quantity: 1 }]
  const createdAfter = new Date(Date.now() - 3_600_000).toISOString()
  for (let i = 0; i < 3; i++) await sim.placeOrder({ sellerId, marketplaceId: uk, lines })
  await sim.advanceClock(300_000)
  const query = { createdAfter, marketplaceIds: [uk], maxResultsPerPage: 2, includedData: ['FULFILLMENT' as const] }

  const first = (await orders.searchOrders(query)).data
  const paginationToken = first.pagination?.nextToken ?? ''
  const second = (await orders.searchOrders({ ...query, paginationToken })).data
  const orderId = second.orders[0]?.orderId ?? ''
  const one = (await orders.getOrder({ orderId, includedData: ['FULFILLMENT', 'RECIPIENT'] })).data

  expect([first.orders.length, second.orders.length]).toEqual([2, 1])
  expect(second.pagination).toBeUndefined()
  expect(one.order.fulfillment?.fulfillmentStatus).toBe('UNSHIPPED')
  expect(one.order.orderItems[0]?.product.sellerSku).toBe(sku)
})

test('listings items 2021-08-01: patch, read and search', async () => {
  const listings = new ListingsItemsApiClient(configuration())
  const value = [{ fulfillment_channel_code: 'DEFAULT', quantity: 9 }]
  const patches = [{ op: 'merge' as const, path: '/attributes/fulfillment_availability', value }]

  const patched = await listings.patchListingsItem({
    ...itemPath,
    marketplaceIds: [uk],
    body: { productType: 'PRODUCT', patches },
  })
  await sim.advanceClock(60_000)
  const includedData = ['summaries' as const, 'fulfillmentAvailability' as const]
  const read = await listings.getListingsItem({ ...itemPath, marketplaceIds: [uk], includedData })
  const found = await listings.searchListingsItems({ sellerId, marketplaceIds: [uk], includedData })

  expect(patched.data.status).toBe('ACCEPTED')
  expect(read.data.fulfillmentAvailability).toEqual([{ fulfillmentChannelCode: 'DEFAULT', quantity: 9 }])
  expect(found.data.items[0]?.summaries?.[0]?.itemName).toBe('Slash')
})

test('reports 2021-06-30: create, wait, download', async () => {
  const reports = new ReportsApiClient(configuration())
  const reportType = 'GET_MERCHANT_LISTINGS_ALL_DATA'

  const { reportId } = (await reports.createReport({ body: { reportType, marketplaceIds: [uk] } })).data
  await sim.advanceClock(600_000)
  const report = (await reports.getReport({ reportId })).data
  const { data: document } = await reports.getReportDocument({ reportDocumentId: report.reportDocumentId ?? '' })
  const bytes = Buffer.from(await (await fetch(document.url)).arrayBuffer())

  expect([report.processingStatus, document.compressionAlgorithm]).toEqual(['DONE', 'GZIP'])
  expect(gunzipSync(bytes).toString('latin1')).toContain(sku)
  expect((await reports.getReports({ reportTypes: [reportType] })).data.reports).toHaveLength(1)
})

test('feeds 2021-06-30: document, upload, feed, processing report', async () => {
  const feeds = new FeedsApiClient(configuration())
  const contentType = 'application/json; charset=UTF-8'
  const value = [{ fulfillment_channel_code: 'DEFAULT', quantity: 3 }]
  const patches = [{ op: 'merge', path: '/attributes/fulfillment_availability', value }]
  const message = { messageId: 1, sku, operationType: 'PATCH', productType: 'PRODUCT', patches }
  const content = { header: { sellerId, version: '2.0', issueLocale: 'en_GB' }, messages: [message] }

  const { data: document } = await feeds.createFeedDocument({ body: { contentType } })
  const upload = { method: 'PUT', headers: { 'content-type': contentType }, body: JSON.stringify(content) }
  const uploaded = await fetch(document.url, upload)
  const wanted = {
    feedType: 'JSON_LISTINGS_FEED',
    marketplaceIds: [uk],
    inputFeedDocumentId: document.feedDocumentId,
  }
  const { feedId } = (await feeds.createFeed({ body: wanted })).data
  await sim.advanceClock(600_000)
  const feed = (await feeds.getFeed({ feedId })).data
  const result = await feeds.getFeedDocument({ feedDocumentId: feed.resultFeedDocumentId ?? '' })

  expect(uploaded.status).toBe(200)
  expect(feed.processingStatus).toBe('DONE')
  expect(result.data.url).toMatch(/^http/)
  expect((await sim.listing(sellerId, sku)).live.quantity).toBe(3)
})

test('notifications v1: destination and subscription, each with its kind of token', async () => {
  const application = new NotificationsApiClient(grantless())
  const seller = new NotificationsApiClient(configuration())
  const sqs = { arn: 'arn:aws:sqs:eu-west-1:123456789012:hints' }
  const notificationType = 'ORDER_CHANGE'

  const made = await application.createDestination({ body: { name: 'hints', resourceSpecification: { sqs } } })
  const destinationId = made.data.payload?.destinationId ?? ''
  const eventFilter = { eventFilterType: 'ORDER_CHANGE' as const, marketplaceIds: [uk] }
  const body = { payloadVersion: '1.0', destinationId, processingDirective: { eventFilter } }
  const { data: subscribed } = await seller.createSubscription({ notificationType, body })
  const subscriptionId = subscribed.payload?.subscriptionId ?? ''

  expect((await application.getDestinations()).data.payload).toEqual([made.data.payload])
  expect((await seller.getSubscription({ notificationType })).data.payload).toEqual(subscribed.payload)
  expect((await application.getSubscriptionById({ notificationType, subscriptionId })).data.payload).toEqual({
    subscriptionId,
    ...body,
  })
  await expect(seller.getDestinations()).rejects.toMatchObject({ response: { status: 403 } })
  await application.deleteSubscriptionById({ notificationType, subscriptionId })
  await application.deleteDestination({ destinationId })
  expect((await application.getDestinations()).data.payload).toEqual([])
})

test('FBA inventory v1 and Fulfillment Outbound 2020-07-01: stock, preview, order, tracking', async () => {
  const inventory = new FbaInventoryApiClient(configuration())
  const outbound = new FulfillmentOutboundApiClient(configuration())
  const offer = { marketplaceId: uk, asin: 'B000000002', title: 'FBA', fulfillmentChannel: 'AMAZON_EU' }
  await sim.putListing({ sellerId, sku: 'FBA', ...offer })
  await sim.putFbaInventory({ sellerId, sku: 'FBA', marketplaceId: uk, fulfillable: 4 })
  const items = [{ sellerSku: 'FBA', sellerFulfillmentOrderItemId: 'i1', quantity: 1 }]
  const address = { name: 'A', addressLine1: '1 Street', postalCode: 'N1', countryCode: 'GB' }

  const preview = await outbound.getFulfillmentPreview({ body: { marketplaceId: uk, address, items } })
  await outbound.createFulfillmentOrder({
    body: {
      sellerFulfillmentOrderId: 'O/1',
      marketplaceId: uk,
      displayableOrderId: 'O1',
      displayableOrderDate: new Date().toISOString(),
      displayableOrderComment: 'Thank you',
      shippingSpeedCategory: 'Standard',
      destinationAddress: address,
      items,
    },
  })
  await sim.advanceClock(1_800_000)
  const read = await outbound.getFulfillmentOrder({ sellerFulfillmentOrderId: 'O/1' })
  const parcel = read.data.payload?.fulfillmentShipments?.[0]?.fulfillmentShipmentPackage?.[0]
  const tracked = await outbound.getPackageTrackingDetails({ packageNumber: parcel?.packageNumber ?? 0 })
  const stock = await inventory.getInventorySummaries({
    granularityType: 'Marketplace',
    granularityId: uk,
    marketplaceIds: [uk],
    details: true,
  })

  expect(preview.data.payload?.fulfillmentPreviews?.[0]?.isFulfillable).toBe(true)
  expect(read.data.payload?.fulfillmentOrder.fulfillmentOrderStatus).toBe('Complete')
  expect(tracked.data.payload?.trackingNumber).toBe(parcel?.trackingNumber)
  expect(stock.data.payload?.inventorySummaries[0]?.inventoryDetails?.fulfillableQuantity).toBe(3)
})

test('their error classes read our refusals: a dead grant, a throttle, a missing role', async () => {
  const dead = new SellingPartnerApiAuth({ clientId: 'app', clientSecret: 's', refreshToken: 'Atzr|gone' })
  const listings = new ListingsItemsApiClient(configuration())
  const call = { ...itemPath, marketplaceIds: [uk] }

  await expect(dead.getAccessToken()).rejects.toMatchObject({ response: { data: { error: 'invalid_grant' } } })
  await sim.addFault({ match: { operation: 'getListingsItem' }, action: 'throttle', count: 1 })
  await expect(listings.getListingsItem(call)).rejects.toMatchObject({
    response: { status: 429, data: { errors: [{ code: 'QuotaExceeded' }] } },
  })
  await sim.changeRoles({ sellerId, revoke: ['Product Listing'] })
  await expect(listings.getListingsItem(call)).rejects.toMatchObject({
    response: { status: 403, data: { errors: [{ code: 'Unauthorized' }] } },
  })
})
