import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { simulatorControl, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { startSimulatorServer } from '@lockstep/amazon-simulator/server'

import type { DescribedCall } from './call.ts'
import { consentUrl, readConsentReturn } from './consent.ts'
import { getDocument, openDocumentAgent, putDocument } from './documents.ts'
import { getInventorySummariesCall, readInventorySummaries } from './fba-inventory.ts'
import {
  createFeedCall,
  createFeedDocumentCall,
  getFeedCall,
  getFeedDocumentCall,
  LISTINGS_FEED,
  LISTINGS_FEED_CONTENT_TYPE,
  readCreatedFeed,
  readFeed,
  readFeedDocument,
  readFeedUpload,
} from './feeds.ts'
import { readFulfillmentOrder, readFulfillmentOrdersPage } from './fulfilment-order-replies-2020.ts'
import { readOutboundOrder, readOutboundOrdersPage, readOutboundSubmission } from './fulfilment-order-replies-2026.ts'
import {
  cancelFulfillmentOrderCall,
  createFulfillmentOrderCall,
  type FulfilmentOrderWish,
  getFulfillmentOrderCall,
  listFulfillmentOrdersCall,
  updateFulfillmentOrderCall,
} from './fulfilment-outbound-2020.ts'
import {
  cancelOutboundOrderCall,
  createOutboundOrderCall,
  getOutboundOrderCall,
  listOutboundOrdersCall,
  type OutboundOrderWish,
  updateOutboundOrderCall,
} from './fulfilment-outbound-2026.ts'
import { getFulfillmentPreviewCall, readFulfillmentPreviews } from './fulfilment-preview-2020.ts'
import { getPackageTrackingCall, readPackageTracking } from './fulfilment-tracking-2020.ts'
import { ListingsFeed } from './listings-feed.ts'
import { exchangeConsentCode, exchangeRefreshToken } from './login.ts'
import { findOperation, requestTarget } from './operations.ts'
import { getOrderCall, readOrderReply } from './orders.ts'
import type { OutboundCall } from './outbound-checks.ts'
import { classify, type Verdict } from './outcome.ts'
import { readProcessingReport } from './processing-report.ts'
import { getParticipationsCall } from './sellers.ts'
import { createRestrictedTokenCall, readRestrictedToken } from './tokens.ts'
import { callHttp, openAgent } from './transport.ts'

const sellerId = 'A1TESTS0000EU'
const uk = 'A1F83G8C2ARO7P'
const refreshToken = `Atzr|${sellerId}`
const address = { name: 'A', addressLine1: '1 Street', postalCode: 'N1', countryCode: 'GB' }
const stepMs = 60_000
const signal = new AbortController().signal
const timeoutMs = 5_000

let cleanUp: AsyncDisposableStack
let simulator: SimulatorControl
let accessToken: string

beforeAll(async () => {
  cleanUp = new AsyncDisposableStack()
  const server = cleanUp.use(await startSimulatorServer({ port: 0, seed: 'flows', clock: 'virtual' }))
  simulator = simulatorControl(server.url)
  await simulator.putSeller({ sellerId, region: 'EU', marketplaceIds: [uk], refreshToken })
  await simulator.changeSettings({ outboundStepMs: stepMs, propagationMs: 0 })
  for (const sku of ['A/B 1+2', 'CAFÉ-☕']) await list(sku, { quantity: 5 })
  await list('FBA', { fulfillmentChannel: 'AMAZON_EU' })
  await simulator.putFbaInventory({ sellerId, sku: 'FBA', marketplaceId: uk, fulfillable: 10 })
})
afterAll(() => cleanUp.disposeAsync())

// Each test begins later than what the one before it changed.
beforeEach(async () => {
  await simulator.advanceClock(1_000)
  accessToken = await signIn(refreshToken)
})

const list = (sku: string, more: { quantity?: number; fulfillmentChannel?: string }) =>
  simulator.putListing({ sellerId, sku, marketplaceId: uk, asin: 'B000000001', title: sku, ...more })

function agent() {
  return cleanUp.adopt(openAgent(), (open) => open.close())
}

function documentAgent() {
  return cleanUp.adopt(openDocumentAgent(), (open) => open.close())
}

const client = () => ({
  endpoint: `${simulator.url}/auth/o2/token`,
  clientId: 'app',
  clientSecret: 'secret',
  timeoutMs,
  signal,
})

async function signIn(token: string): Promise<string> {
  const outcome = await exchangeRefreshToken(agent(), { ...client(), refreshToken: token })
  return outcome.kind === 'token' ? outcome.value : ''
}

async function make(call: DescribedCall, token = accessToken): Promise<{ verdict: Verdict; body: Uint8Array }> {
  const operation = findOperation(call.operation)
  if (!operation) throw new Error(`no operation ${call.operation}`)
  const answer = await callHttp(agent(), {
    origin: simulator.url,
    method: operation.method,
    target: requestTarget(operation, call),
    headers: { 'x-amz-access-token': token, 'content-type': 'application/json' },
    body: call.body,
    timeoutMs,
    signal,
  })
  return { verdict: classify(answer, operation), body: answer.kind === 'answered' ? answer.body : new Uint8Array() }
}

function send(outbound: OutboundCall) {
  if (outbound.kind === 'refused') throw new Error(`${outbound.field}: ${outbound.detail}`)
  return make(outbound.call)
}

function aFeed() {
  const feed = new ListingsFeed({ sellerId })
  const sent = [
    { messageId: 1, sku: 'A/B 1+2', quantity: 11 },
    { messageId: 2, sku: 'CAFÉ-☕', quantity: -1 },
  ]
  for (const { quantity, ...message } of sent) {
    const change = { kind: 'quantity', quantity, leadTimeDays: null, op: 'merge' } as const
    feed.add({ ...message, productType: 'PRODUCT', changes: [change] })
  }
  return { feed, sent }
}

async function submitFeed(feed: ListingsFeed): Promise<string> {
  const place = readFeedUpload((await make(createFeedDocumentCall(LISTINGS_FEED_CONTENT_TYPE))).body)
  const upload = { url: place?.url ?? '', chunks: feed.chunks(), contentType: LISTINGS_FEED_CONTENT_TYPE }
  expect(await putDocument(documentAgent(), { ...upload, timeoutMs, signal })).toEqual({ kind: 'stored' })
  const wish = { feedType: LISTINGS_FEED, marketplaceIds: [uk], inputDocumentId: place?.documentId ?? '' }
  return readCreatedFeed((await make(createFeedCall(wish))).body) ?? ''
}

test('[T-56] a feed is uploaded, worked through and its report read message by message', async () => {
  const { feed, sent } = aFeed()

  const feedId = await submitFeed(feed)
  const begun = readFeed((await make(getFeedCall(feedId))).body)
  await simulator.advanceClock(10 * 60_000)
  const ended = readFeed((await make(getFeedCall(feedId))).body)
  const documentId = ended?.progress.kind === 'done' ? (ended.progress.documentId ?? '') : ''
  const place = readFeedDocument((await make(getFeedDocumentCall(documentId))).body)
  const download = { url: place?.url ?? '', compression: place?.compression ?? null, maxBytes: 1_000_000 }
  const document = await getDocument(documentAgent(), { ...download, timeoutMs, signal })
  const report = readProcessingReport(document.kind === 'read' ? document.bytes : new Uint8Array(), sent)

  expect(begun?.progress).toEqual({ kind: 'in_queue' })
  expect(ended).toMatchObject({ feedId, feedType: LISTINGS_FEED, endedAt: expect.any(Date) })
  expect(report).toMatchObject({ kind: 'read', accepted: 1, refused: 1, missing: 0 })
  expect(report.kind === 'read' ? report.outcomes.get(2)?.kind : report.kind).toBe('refused')
  expect((await simulator.listing(sellerId, 'A/B 1+2')).live.quantity).toBe(11)
  expect((await simulator.listing(sellerId, 'CAFÉ-☕')).live.quantity).toBe(5)
})

const state = 'a&b=c-0123456789abcdefghijkl'
const redirectUri = 'http://127.0.0.1:7300/connect'

/** The seller agrees on the page that our address leads to; only its host is Amazon's, and is replaced. */
async function consented(): Promise<URLSearchParams> {
  const applicationId = 'amzn1.sellerapps.app.1'
  const wanted = consentUrl({ applicationId, marketplace: uk, state, redirectUri, isDraft: false })
  const { pathname, search } = new URL(wanted.kind === 'url' ? wanted.url : 'https://refused.invalid')
  const body = new URLSearchParams({ seller: `${sellerId}|EU` })
  const answer = await fetch(`${simulator.url}${pathname}${search}`, {
    method: 'POST',
    body,
    redirect: 'manual',
    signal,
  })
  return new URL(answer.headers.get('location') ?? '').searchParams
}

test('a seller’s consent comes back with our state, and its code is good for one refresh token', async () => {
  const back = readConsentReturn(await consented())
  const code = back.kind === 'returned' ? back.code : ''

  const first = await exchangeConsentCode(agent(), { ...client(), code, redirectUri })
  const again = await exchangeConsentCode(agent(), { ...client(), code, redirectUri })
  const token = await signIn(first.kind === 'authorised' ? first.refreshToken : '')

  expect(back).toMatchObject({ kind: 'returned', state, sellerId })
  expect(first).toMatchObject({ kind: 'authorised', livesMs: 3_600_000 })
  expect(again).toMatchObject({ kind: 'code_spent' })
  expect((await make(getParticipationsCall(), token)).verdict.outcome).toBe('accepted')
})

test('a code is refused at another address than it was asked for, and after five minutes', async () => {
  const elsewhere = readConsentReturn(await consented())
  const late = readConsentReturn(await consented())
  const exchange = (back: typeof late, more: { redirectUri: string }) =>
    exchangeConsentCode(agent(), { ...client(), code: back.kind === 'returned' ? back.code : '', ...more })

  expect(await exchange(elsewhere, { redirectUri: 'http://127.0.0.1:7300/other' })).toMatchObject({
    kind: 'code_spent',
  })
  await simulator.advanceClock(5 * 60_000 + 1)
  expect(await exchange(late, { redirectUri })).toMatchObject({ kind: 'code_spent' })
})

test('a restricted token opens what it was made for and nothing else', async () => {
  const lines = [{ sku: 'A/B 1+2', quantity: 1 }]
  const { orderId } = await simulator.placeOrder({ sellerId, marketplaceId: uk, lines })
  const path = `/orders/2026-01-01/orders/${orderId}`

  const made = await make(createRestrictedTokenCall([{ method: 'GET', path }]))
  const token = readRestrictedToken(made.body)
  const opened = await make(getOrderCall(orderId), token?.value)
  const closed = await make(getParticipationsCall(), token?.value)

  expect(token).toMatchObject({ livesMs: 3_600_000 })
  expect(token?.value).not.toBe(accessToken)
  expect(readOrderReply(opened.body)).toMatchObject({ kind: 'order', order: { orderId } })
  expect(closed.verdict.outcome).toBe('denied')
})

test('[T-65] FBA levels come page by page, each SKU once; a page asked for after 30 s is refused', async () => {
  const skus = Array.from({ length: 60 }, (_, i) => `PAGED-${String(i).padStart(2, '0')}`)
  for (const sku of skus) await list(sku, { fulfillmentChannel: 'AMAZON_EU' })
  await simulator.putFbaInventory({ sellerId, sku: 'PAGED-59', marketplaceId: uk, fulfillable: 7, inboundShipped: 2 })
  const page = async (nextToken?: string) =>
    make(getInventorySummariesCall({ marketplaceId: uk, ...(nextToken === undefined ? {} : { nextToken }) }))

  const first = readInventorySummaries((await page()).body)
  const second = readInventorySummaries((await page(first?.nextToken ?? '')).body)
  const levels = [...(first?.levels ?? []), ...(second?.levels ?? [])]
  await simulator.advanceClock(30_001)
  const late = await page(first?.nextToken ?? '')

  expect(first?.levels).toHaveLength(50)
  expect(second?.nextToken).toBeNull()
  expect(levels.map(({ sku }) => sku).toSorted()).toEqual(['FBA', ...skus])
  expect(levels.find(({ sku }) => sku === 'PAGED-59')).toMatchObject({ fulfillable: 7, inbound: 2 })
  expect(late.verdict.outcome).toBe('invalid_data')
})

function anOrder2020(orderId: string, more: Partial<FulfilmentOrderWish> = {}): FulfilmentOrderWish {
  const displayed = { displayedId: orderId, displayedAt: new Date('2026-03-02T09:00:00Z'), displayedComment: 'Thanks' }
  const items = [{ itemId: 'i1', sku: 'FBA', quantity: 2 }]
  return { orderId, marketplaceId: uk, ...displayed, speed: 'Standard', address, items, ...more }
}

const fbaLive = async () => (await simulator.listing(sellerId, 'FBA')).live.quantity
const detail2020 = async (orderId: string) => readFulfillmentOrder((await send(getFulfillmentOrderCall(orderId))).body)

test('[T-67] 2020-07-01: an order is made once, held, released, and followed to its parcel', async () => {
  const wish = anOrder2020('O/1', { action: 'Hold' })
  const made = await send(createFulfillmentOrderCall(wish))
  const again = await send(createFulfillmentOrderCall(wish))
  const held = await detail2020('O/1')
  const released = await send(updateFulfillmentOrderCall('O/1', { action: 'Ship' }))
  await simulator.advanceClock(3 * stepMs)
  const shipped = await detail2020('O/1')
  const number = shipped?.shipments[0]?.packages[0]?.packageNumber ?? 0
  const parcel = readPackageTracking((await send(getPackageTrackingCall(number))).body)

  expect([made, again, released].map(({ verdict }) => verdict.outcome)).toEqual([
    'accepted',
    'invalid_data',
    'accepted',
  ])
  expect(held).toMatchObject({
    order: { orderId: 'O/1', marketplaceId: uk, status: 'Received', action: 'Hold', speed: 'Standard' },
    items: [{ itemId: 'i1', sku: 'FBA', quantity: 2, cancelled: 0 }],
    shipments: [],
    returns: [],
  })
  expect(shipped).toMatchObject({
    order: { status: 'Complete' },
    shipments: [{ status: 'SHIPPED', items: [{ itemId: 'i1', quantity: 2, packageNumber: number }] }],
  })
  expect(parcel).toMatchObject({
    packageNumber: number,
    status: 'IN_TRANSIT',
    trackingNumber: shipped?.shipments[0]?.packages[0]?.trackingNumber,
  })
})

test('2020-07-01: a cancelled order gives its units back and is listed; a preview tells what could ship', async () => {
  const before = await fbaLive()
  await send(createFulfillmentOrderCall(anOrder2020('O2')))
  const reserved = await fbaLive()
  const cancelled = await send(cancelFulfillmentOrderCall('O2'))
  const changedSince = new Date((await detail2020('O2'))?.order.statusAt ?? 0)
  const page = readFulfillmentOrdersPage((await make(listFulfillmentOrdersCall({ changedSince }))).body)
  const items = [{ itemId: 'i1', sku: 'FBA', quantity: 100 }]
  const preview = await send(getFulfillmentPreviewCall({ marketplaceId: uk, address, items }))

  expect(cancelled.verdict.outcome).toBe('accepted')
  expect([reserved, await fbaLive()]).toEqual([before - 2, before])
  expect(page).toMatchObject({ orders: [{ orderId: 'O2', status: 'Cancelled' }], unreadable: 0, nextToken: null })
  expect(readFulfillmentPreviews(preview.body)?.[0]).toMatchObject({
    isFulfillable: false,
    missing: [{ itemId: 'i1', sku: 'FBA', quantity: 100 - before, reasons: ['InsufficientStock'] }],
  })
})

function anOrder2026(orderId: string, more: Partial<OutboundOrderWish> = {}): OutboundOrderWish {
  const items = [{ itemId: 'i1', sku: 'FBA', quantity: 3 }]
  return { orderId, originCountry: 'GB', address, tier: 'EXPEDITED', items, ...more }
}

const order2026 = async (orderId: string) => readOutboundOrder((await send(getOutboundOrderCall(orderId))).body)

test('[T-67] 2026-07-04: an order is made once, held, released, and followed to its parcel', async () => {
  const wish = anOrder2026('N/1', { action: 'HOLD', channel: 'SHOPIFY' })
  const made = await send(createOutboundOrderCall(wish))
  const again = await send(createOutboundOrderCall(wish))
  const held = await order2026('N/1')
  const released = await send(updateOutboundOrderCall('N/1', 'SHIP'))
  await simulator.advanceClock(3 * stepMs)

  expect(readOutboundSubmission(made.body)).toMatchObject({ orderId: 'N/1', status: 'PROCESSING' })
  expect([again, released].map(({ verdict }) => verdict.outcome)).toEqual(['invalid_data', 'accepted'])
  expect(held).toMatchObject({
    status: 'PROCESSING',
    action: 'HOLD',
    channel: 'SHOPIFY',
    tiers: ['EXPEDITED'],
    items: [{ itemId: 'i1', sku: 'FBA', quantity: 3, cancelled: 0, unfulfillable: 0 }],
    shipments: [],
  })
  expect(await order2026('N/1')).toMatchObject({
    status: 'COMPLETE',
    shipments: [
      {
        status: 'SHIPPED',
        tier: 'EXPEDITED',
        items: [{ itemId: 'i1', quantity: 3 }],
        packages: [{ status: 'IN_TRANSIT', carrier: 'AMZL', trackingNumber: expect.stringMatching(/^TBA/) }],
      },
    ],
  })
})

test('2026-07-04: a cancelled order gives its units back and is listed', async () => {
  const before = await fbaLive()
  await send(createOutboundOrderCall(anOrder2026('N2')))
  const reserved = await fbaLive()
  const cancelled = await send(cancelOutboundOrderCall('N2'))
  const changedSince = new Date((await order2026('N2'))?.statusAt ?? 0)
  const page = readOutboundOrdersPage((await make(listOutboundOrdersCall({ changedSince, withShipments: false }))).body)

  expect(cancelled.verdict.outcome).toBe('accepted')
  expect([reserved, await fbaLive()]).toEqual([before - 3, before])
  expect(page).toMatchObject({
    orders: [{ orderId: 'N2', status: 'CANCELLED', items: [{ quantity: 3, cancelled: 3 }] }],
    unreadable: 0,
    nextToken: null,
  })
})

test('an order that nobody made is not found in either version', async () => {
  const answers = [await send(getFulfillmentOrderCall('NONE')), await send(getOutboundOrderCall('NONE'))]

  expect(answers.map(({ verdict }) => verdict.outcome)).toEqual(['not_found', 'not_found'])
})
