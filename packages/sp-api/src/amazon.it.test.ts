import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { simulatorControl, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { startSimulatorServer } from '@lockstep/amazon-simulator/server'
import { request } from 'undici'

import type { DescribedCall } from './call.ts'
import { patchQuantityCall, readListings, readListingsCalls, readSubmission } from './listings.ts'
import { exchangeRefreshToken } from './login.ts'
import { findOperation, requestTarget } from './operations.ts'
import { getOrderCall, readOrder, readOrderReply, readOrdersPage, searchOrdersCall } from './orders.ts'
import { classify, type Verdict } from './outcome.ts'
import {
  createReportCall,
  getReportCall,
  getReportDocumentCall,
  readCreatedReport,
  readReport,
  readReportDocument,
} from './reports.ts'
import { getParticipationsCall, readParticipations } from './sellers.ts'
import { confirmShipmentCall } from './shipments.ts'
import { callHttp, openAgent } from './transport.ts'

const sellerId = 'A1TESTS0000EU'
const [uk, de] = ['A1F83G8C2ARO7P', 'A1PA6795UKMFR9'] as const
const refreshToken = `Atzr|${sellerId}`
const skus = ['A/B 1+2', 'CAFÉ-☕-1', '50% #?&|$@', 'a,b', 'Abc', 'abc', 'abc ']
const hour = 3_600_000

let cleanUp: AsyncDisposableStack
let simulator: SimulatorControl
let accessToken: string
const signal = new AbortController().signal

beforeAll(async () => {
  cleanUp = new AsyncDisposableStack()
  const server = cleanUp.use(await startSimulatorServer({ port: 0, seed: 'sp-api', clock: 'virtual' }))
  simulator = simulatorControl(server.url)
  await simulator.putSeller({ sellerId, region: 'EU', marketplaceIds: [uk, de], refreshToken })
  for (const [i, sku] of skus.entries()) {
    await simulator.putListing({ sellerId, sku, marketplaceId: uk, asin: `B00000000${i}`, title: sku, quantity: 5 })
  }
})
afterAll(() => cleanUp.disposeAsync())

// Every bucket is full again: these tests are about shapes, not about limits.
beforeEach(async () => {
  await simulator.advanceClock(6 * hour)
  const token = await signIn()
  accessToken = token.kind === 'token' ? token.value : ''
})

function signIn(token = refreshToken) {
  const endpoint = `${simulator.url}/auth/o2/token`
  const wanted = { endpoint, clientId: 'app', clientSecret: 'secret', refreshToken: token, timeoutMs: 5_000, signal }
  return exchangeRefreshToken(
    cleanUp.adopt(openAgent(), (agent) => agent.close()),
    wanted,
  )
}

async function make(call: DescribedCall): Promise<{ verdict: Verdict; body: Uint8Array }> {
  const operation = findOperation(call.operation)
  if (!operation) throw new Error(`no operation ${call.operation}`)
  const answer = await callHttp(
    cleanUp.adopt(openAgent(), (agent) => agent.close()),
    {
      origin: simulator.url,
      method: operation.method,
      target: requestTarget(operation, call),
      headers: { 'x-amz-access-token': accessToken, 'content-type': 'application/json' },
      body: call.body,
      timeoutMs: 5_000,
      signal,
    },
  )
  return { verdict: classify(answer, operation), body: answer.kind === 'answered' ? answer.body : new Uint8Array() }
}

const patch = { sellerId, marketplaceId: uk, productType: 'PRODUCT', leadTimeDays: null, op: 'merge' } as const

test('a refresh token brings an access token for an hour; a revoked one says so', async () => {
  expect(await signIn()).toMatchObject({ kind: 'token', livesMs: 3_600_000 })
  expect(await signIn('Atzr|unknown')).toMatchObject({ kind: 'revoked' })
})

test('[T-38] [T-41] odd SKUs are written and read back as exactly themselves', async () => {
  for (const [i, sku] of skus.entries()) {
    const { verdict, body } = await make(patchQuantityCall({ ...patch, sku, quantity: 10 + i }))
    expect(verdict.outcome).toBe('accepted')
    expect(readSubmission(body)).toMatchObject({ kind: 'accepted' })
    // The bucket holds five: give it time for the next one.
    await simulator.advanceClock(1_000)
  }
  await simulator.advanceClock(60_000)

  const read = await Promise.all(
    readListingsCalls({ sellerId, skus, marketplaceIds: [uk], withLeadTime: true }).map(make),
  )
  const live = read.flatMap(({ body }) => readListings(body) ?? [])
  expect(new Map(live.map((listing) => [listing.sku, listing.quantity]))).toEqual(
    new Map(skus.map((sku, i) => [sku, 10 + i])),
  )
  expect(live.every(({ channels, productType }) => channels[0] === 'DEFAULT' && productType !== null)).toBe(true)
})

const leadTimeAfter = async (change: object): Promise<number | null | undefined> => {
  await make(patchQuantityCall({ ...patch, sku: 'Abc', quantity: 4, ...change }))
  await simulator.advanceClock(60_000)
  const [call] = readListingsCalls({ sellerId, skus: ['Abc'], marketplaceIds: [uk], withLeadTime: true })
  return call && readListings((await make(call)).body)?.[0]?.leadTimeDays
}

test('a lead time goes with the quantity, stays through a merge and is cleared by a replace', async () => {
  expect(await leadTimeAfter({ leadTimeDays: 3 })).toBe(3)
  expect(await leadTimeAfter({})).toBe(3)
  expect(await leadTimeAfter({ op: 'replace' })).toBeNull()
})

test('an order is found by the poll, read alone, confirmed and read back with its parcel', async () => {
  const { orderId } = await simulator.placeOrder({
    sellerId,
    marketplaceId: uk,
    lines: [{ sku: 'A/B 1+2', quantity: 2, unitPrice: '9.99' }],
  })
  await simulator.advanceClock(5 * 60_000)

  const lastUpdatedAfter = new Date(Date.parse((await simulator.order(orderId)).createdTime) - hour)
  const { body } = await make(
    searchOrdersCall({ marketplaceIds: [uk, de], lastUpdatedAfter, includedData: ['FULFILLMENT', 'PROCEEDS'] }),
  )
  const page = readOrdersPage(body)
  expect(page?.lastUpdatedBefore).toBeInstanceOf(Date)
  expect(readOrder(page?.orders[0])).toMatchObject({
    kind: 'order',
    order: {
      orderId,
      status: 'UNSHIPPED',
      fulfilledBy: 'MERCHANT',
      lines: [{ sku: 'A/B 1+2', ordered: 2 }],
      buyer: null,
    },
  })

  const alone = readOrderReply((await make(getOrderCall(orderId))).body)
  const orderItemId = alone.kind === 'order' ? (alone.order.lines[0]?.orderItemId ?? '') : ''
  const parcel = {
    orderId,
    marketplaceId: uk,
    number: 1,
    carrierCode: 'Royal Mail',
    carrierName: '',
    shippingMethod: '',
    trackingNumber: 'RM1',
  }
  const items = [{ orderItemId, quantity: 2 }]
  const told = await make(
    confirmShipmentCall({ ...parcel, shippedAt: new Date(lastUpdatedAfter.getTime() + 2 * hour), items }),
  )
  expect(told.verdict.outcome).toBe('accepted')
  expect(readOrderReply((await make(getOrderCall(orderId))).body)).toMatchObject({
    order: {
      status: 'SHIPPED',
      lines: [{ fulfilled: 2 }],
      packages: [{ packageReferenceId: '1', trackingNumber: 'RM1' }],
    },
  })
})

test('a listings report is asked for, made and fetched', async () => {
  const wish = { reportType: 'GET_MERCHANT_LISTINGS_ALL_DATA', marketplaceIds: [uk] }
  const reportId = readCreatedReport((await make(createReportCall(wish))).body) ?? ''
  expect(readReport((await make(getReportCall(reportId))).body)).toMatchObject({ kind: 'being_made' })
  await simulator.advanceClock(15 * 60_000)

  const progress = readReport((await make(getReportCall(reportId))).body)
  const documentId = progress?.kind === 'made' ? progress.documentId : ''
  const document = readReportDocument((await make(getReportDocumentCall(documentId))).body)
  const bytes = await request(document?.url ?? '', { signal })
  expect(document?.documentId).toBe(documentId)
  expect(bytes.statusCode).toBe(200)
  await bytes.body.dump()
})

test("a seller's marketplaces are listed", async () => {
  const participations = readParticipations((await make(getParticipationsCall())).body)

  expect(
    participations?.map(({ marketplaceId, isParticipating }) => [marketplaceId, isParticipating]).toSorted(),
  ).toEqual([
    [uk, true],
    [de, true],
  ])
})

const faults = [
  ['throttle', 'throttled'],
  ['deny', 'denied'],
  ['expire-token', 'token_expired'],
  ['revoke', 'authorisation_revoked'],
  ['server-error', 'outage'],
  ['html-503', 'outage'],
  ['drop', 'unknown'],
  ['timeout-after', 'unknown'],
  ['timeout-before', 'unknown'],
  ['corrupt', 'unknown'],
] as const

test.each(faults)('a write under the fault %s is %s', async (action, outcome) => {
  const { id } = await simulator.addFault({ match: { operation: 'patchListingsItem' }, action })
  const { verdict } = await make(patchQuantityCall({ ...patch, sku: 'abc', quantity: 1 }))
  await simulator.removeFault(id)

  expect(verdict.outcome).toBe(outcome)
})

test('an unknown SKU and a wrong value are told apart', async () => {
  const [unknown] = readListingsCalls({ sellerId, skus: ['no,such'], marketplaceIds: [uk], withLeadTime: false })
  const wrong = searchOrdersCall({ marketplaceIds: ['NOWHERE'], lastUpdatedAfter: new Date(0), includedData: [] })

  expect(unknown && (await make(unknown)).verdict.outcome).toBe('not_found')
  expect((await make(wrong)).verdict).toMatchObject({ outcome: 'invalid_data', errorCode: 'InvalidInput' })
})
