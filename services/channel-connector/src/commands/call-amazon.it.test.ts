import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { tokenLifeMs } from '@lockstep/pacing/bucket'
import { eventually } from '@lockstep/testkit/eventually'
import { aCall, gatewayStage, type GatewayStage } from '../../test/gateway-fixtures.ts'
import { findConnection } from '../store/connections.ts'
import { bucketKey, listBuckets, lockBucket } from '../store/rate-buckets.ts'
import { authoriseAccount } from './authorise-account.ts'
import { type AmazonReply, callAmazon } from './call-amazon.ts'
import { systemIds } from '@lockstep/contracts/ids'

let stage: GatewayStage

beforeAll(async () => {
  stage = await gatewayStage()
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

let sellers = 0
/** A seller of its own with one listing. */
async function given(token?: string) {
  sellers += 1
  const account = await stage.givenAccount(`A9TEST${sellers}`, token === undefined ? {} : { token })
  await stage.sim.putListing({
    sellerId: account.sellerId,
    sku: 'SKU-1',
    quantity: 5,
    marketplaceId: account.marketplaceId,
    asin: 'B000000001',
    title: 'Lamp',
  })
  return account
}

const outcomes = (replies: AmazonReply[]) => replies.map(({ outcome }) => outcome)

async function journalOf(sellerId: string) {
  const { entries } = await stage.sim.journal({ sellerId, limit: 1000 })
  return entries
}

test('a call reaches Amazon with a token, and its answer comes back as it is', async () => {
  const gateway = stage.openGateway()
  const account = await given()

  const reply = await callAmazon(gateway, aCall(account))

  expect(reply).toMatchObject({ status: 200, outcome: 'accepted', detail: '' })
  expect(JSON.parse(Buffer.from(reply.body).toString())).toMatchObject({ sku: 'SKU-1' })
  expect(reply.amazonTime?.getTime()).toBeGreaterThan(Date.now() - 5_000)
  expect(await findConnection(stage.db, account.connectionId)).toMatchObject({ state: 'connected', detail: '' })
})

test('[S003-36] three gateways on one bucket are never throttled', async () => {
  const account = await given()
  await stage.sim.changeSettings({ rates: { getListingsItem: { rate: 150, burst: 10 } } })
  const gateways = [stage.openGateway(), stage.openGateway(), stage.openGateway()] as const

  const replies = await Promise.all(
    Array.from({ length: 400 }, (_, index) => callAmazon(gateways[index % 3] ?? gateways[0], aCall(account))),
  )
  await stage.sim.changeSettings({ rates: {} })

  expect(new Set(outcomes(replies))).toEqual(new Set(['accepted']))
  expect((await journalOf(account.sellerId)).filter(({ status }) => status === 429)).toEqual([])
  const [bucket] = await listBuckets(stage.db, [account.connectionId])
  expect(bucket?.bucket).toMatchObject({ rate: 150, learnedFrom: 'header' })
}, 40_000)

test('[T-68] however many calls begin at once, the refresh token is exchanged once', async () => {
  const gateway = stage.openGateway()
  const account = await given()

  await Promise.all([1, 2, 3, 4, 5].map(() => callAmazon(gateway, aCall(account))))

  const logins = (await journalOf(account.sellerId)).filter(({ path }) => path === '/auth/o2/token')
  expect(logins).toHaveLength(1)
})

test('[S003-38] a 429 empties the bucket, slows it and is told with the time of the next token', async () => {
  const gateway = stage.openGateway()
  const account = await given()
  await callAmazon(gateway, aCall(account))
  await stage.sim.addFault({
    match: { operation: 'getListingsItem', sellerId: account.sellerId },
    action: 'throttle',
    count: 1,
  })

  const throttled = await callAmazon(gateway, aCall(account))
  const [slowed] = await listBuckets(stage.db, [account.connectionId])
  const after = await callAmazon(gateway, aCall(account))

  expect(throttled).toMatchObject({ status: 429, outcome: 'throttled' })
  expect(throttled.throttledUntil?.getTime()).toBeGreaterThan(Date.now() - 2_000)
  expect(slowed?.bucket).toMatchObject({ throttledInARow: 1, learnedFrom: 'throttle' })
  expect(slowed?.bucket.slowedBy).toBeCloseTo(0.3, 1)
  expect(after.outcome).toBe('accepted')
})

test('a token that came too late to be used in time is thrown away, and the call leaves with the next one', async () => {
  const gateway = stage.openGateway()
  const account = await given()
  await callAmazon(gateway, aCall(account))
  const [before] = await listBuckets(stage.db, [account.connectionId])

  const late = await stage.db.transaction().execute(async (tx) => {
    if (!before) throw new Error('no bucket')
    await lockBucket(tx, bucketKey(before))
    const call = { reply: callAmazon(gateway, aCall(account)) }
    const askedAtMs = performance.now()
    // What keeps it waiting is the lock; it is held for longer than a token lives.
    await eventually(() => expect(performance.now() - askedAtMs).toBeGreaterThan(2 * tokenLifeMs(before.bucket)))
    return call
  })

  expect(await late.reply).toMatchObject({ outcome: 'accepted' })
  const [after] = await listBuckets(stage.db, [account.connectionId])
  expect(after?.bucket.taken).toBe((before?.bucket.taken ?? 0) + 2)
  expect((await journalOf(account.sellerId)).filter(({ path }) => path.includes('/items/'))).toHaveLength(2)
})

test('an access token that expired is renewed once, and the call is made again', async () => {
  const gateway = stage.openGateway()
  const account = await given()
  await callAmazon(gateway, aCall(account))
  const fault = await stage.sim.addFault({ match: { sellerId: account.sellerId }, action: 'expire-token' })

  const reply = await callAmazon(gateway, aCall(account))
  await stage.sim.removeFault(fault.id)

  expect(reply.outcome).toBe('accepted')
})

test('[T-69] a revoked authorisation holds the connection; a new token lets it go; others are not touched', async () => {
  const gateway = stage.openGateway()
  const [account, other] = [await given(), await given()]
  await callAmazon(gateway, aCall(account))
  const fault = await stage.sim.addFault({ match: { sellerId: account.sellerId }, action: 'revoke' })
  const before = (await journalOf(account.sellerId)).length

  const held = await Promise.all([1, 2, 3, 4, 5, 6].map(() => callAmazon(gateway, aCall(account))))
  const sentBeforeHold = (await journalOf(account.sellerId)).length - before
  const later = await Promise.all([1, 2, 3].map(() => callAmazon(stage.openGateway(), aCall(account))))
  const sentWhileHeld = (await journalOf(account.sellerId)).length - before - sentBeforeHold

  expect(new Set(outcomes([...held, ...later]))).toEqual(new Set(['authorisation_revoked']))
  // Those that had a token of the bucket when the first answer came; the others waited in line and never left.
  expect(sentBeforeHold).toBeLessThanOrEqual(4)
  expect(sentWhileHeld).toBe(0)
  expect(await findConnection(stage.db, account.connectionId)).toMatchObject({ state: 'reauthorise' })
  expect((await callAmazon(gateway, aCall(other))).outcome).toBe('accepted')

  await stage.sim.removeFault(fault.id)
  await stage.sim.putSeller({
    sellerId: account.sellerId,
    region: 'EU',
    marketplaceIds: [account.marketplaceId],
    refreshToken: 'Atzr|new',
  })
  await stage.db
    .transaction()
    .execute((tx) =>
      authoriseAccount(tx, { ids: systemIds, keys: stage.keys }, { account: account.id, refreshToken: 'Atzr|new' }),
    )
  expect((await callAmazon(gateway, aCall(account))).outcome).toBe('accepted')
  expect(await findConnection(stage.db, account.connectionId)).toMatchObject({ state: 'connected' })
})

test('a refresh token that Amazon never gave holds the connection before anything is sent', async () => {
  const account = await stage.givenAccount('A9WRONG', { token: 'Atzr|given' })
  await stage.db
    .transaction()
    .execute((tx) =>
      authoriseAccount(tx, { ids: systemIds, keys: stage.keys }, { account: account.id, refreshToken: 'Atzr|other' }),
    )

  const reply = await callAmazon(stage.openGateway(), aCall(account))

  expect(reply).toMatchObject({ status: 0, outcome: 'authorisation_revoked' })
  expect(reply.nextStep).toContain('authorise')
})

test("[S003-40] the application's own wrong secret is told apart from the seller's", async () => {
  const account = await given()

  const reply = await callAmazon(stage.openGateway({ clientSecret: 'wrong' }), aCall(account))

  expect(reply).toMatchObject({ status: 0, outcome: 'application_credentials' })
  expect(await findConnection(stage.db, account.connectionId)).toMatchObject({ state: 'application_refused' })
})

test('[S003-35] a missing role is told apart from throttling, and names the role', async () => {
  const gateway = stage.openGateway()
  const account = await given()
  await stage.sim.changeRoles({ sellerId: account.sellerId, revoke: ['Product Listing'] })

  const reply = await callAmazon(gateway, aCall(account))

  expect(reply).toMatchObject({ status: 403, outcome: 'denied' })
  expect(reply.nextStep).toContain('Product Listing')
  expect(await findConnection(stage.db, account.connectionId)).toMatchObject({ state: 'connected' })
})

test('[R25] a token that was moved to another connection does not open, and nothing is sent with it', async () => {
  const [account, other] = [await given(), await given()]
  const stolen = await findConnection(stage.db, other.connectionId)
  await stage.db
    .updateTable('connection')
    .set({ refresh_token_sealed: stolen?.token?.bytes ?? null })
    .where('id', '=', account.connectionId)
    .execute()

  const reply = await callAmazon(stage.openGateway(), aCall(account))

  expect(reply).toMatchObject({ status: 0, outcome: 'not_sent', detail: expect.stringContaining('does not open') })
  expect(reply.nextStep).toContain('authorise')
  expect(await journalOf(account.sellerId)).toEqual([])
})

test('an answer that never comes is an unknown outcome within the time of the request', async () => {
  const gateway = stage.openGateway({ requestTimeoutMs: 500 })
  const account = await given()
  const match = { operation: 'getListingsItem', sellerId: account.sellerId }
  await stage.sim.addFault({ match, action: 'timeout-after', count: 1 })
  const silent = await callAmazon(gateway, aCall(account))
  await stage.sim.addFault({ match, action: 'html-503', count: 1 })
  const html = await callAmazon(gateway, aCall(account))

  expect(silent).toMatchObject({ status: 0, outcome: 'unknown', amazonTime: undefined })
  expect(html).toMatchObject({ status: 503, outcome: 'outage' })
})

test('a call whose token cannot come in time is told so, with the time to plan for', async () => {
  const gateway = stage.openGateway()
  const account = await given()
  const rare = { operation: 'getMarketplaceParticipations', path: {}, query: [] }
  await callAmazon(gateway, aCall(account, rare))
  await stage.db.updateTable('rate_bucket').set({ tokens: 0 }).where('scope', '=', account.connectionId).execute()

  const reply = await callAmazon(gateway, aCall(account, rare))

  expect(reply).toMatchObject({ status: 0, outcome: 'not_sent' })
  expect(reply.throttledUntil?.getTime()).toBeGreaterThan(Date.now() + 30_000)
})

test('bad calls are refused before a token is spent', async () => {
  const gateway = stage.openGateway()
  const account = await given()
  const path = (sku: string) => ({ path: { sellerId: account.sellerId, sku } })
  const reasonOf = async (more: Parameters<typeof aCall>[1]) =>
    callAmazon(gateway, aCall(account, more)).then(
      () => 'called',
      (error: unknown) => (error instanceof Error && 'reason' in error ? error.reason : error),
    )

  expect(await reasonOf({ operation: 'dropTable' })).toBe('OPERATION_UNKNOWN')
  expect(await reasonOf({ path: {} })).toBe('FIELD_INVALID')
  expect(await reasonOf({ lane: 'first' })).toBe('FIELD_INVALID')
  expect(await reasonOf({ connectionId: 'con_none' })).toBe('FIELD_INVALID')
  expect(await reasonOf(path('.'))).toBe('CHANNEL_SKU_INVALID')
  expect(await reasonOf(path('x'.repeat(41)))).toBe('CHANNEL_SKU_INVALID')
  expect(await reasonOf({ path: { sellerId: '..', sku: 'x' } })).toBe('FIELD_INVALID')
  expect(await reasonOf({ query: [['marketplaceIds', '\ud800']] })).toBe('FIELD_INVALID')
  expect(await journalOf(account.sellerId)).toEqual([])
  expect(await listBuckets(stage.db, [account.connectionId])).toEqual([])
})

test('an account without credentials is refused clearly', async () => {
  const account = await stage.givenAccount('A9NOTOKEN', { token: '' })
  await expect(callAmazon(stage.openGateway(), aCall(account))).rejects.toMatchObject({
    reason: 'CREDENTIALS_MISSING',
    status: 'FAILED_PRECONDITION',
  })
})

test.each(['A/B 1+2', 'CAFÉ-☕-1', '100% #1?&=', '...', ' lead', 'ünï', "it's(1)*!"])(
  'the SKU %s reaches Amazon byte for byte',
  async (sku) => {
    const gateway = stage.openGateway()
    const account = await given()
    await stage.sim.putListing({
      sellerId: account.sellerId,
      sku,
      quantity: 1,
      marketplaceId: account.marketplaceId,
      asin: 'B000000002',
      title: sku,
    })

    const reply = await callAmazon(gateway, aCall(account, { path: { sellerId: account.sellerId, sku } }))

    expect(JSON.parse(Buffer.from(reply.body).toString())).toMatchObject({ sku })
  },
)

test('[S003-49] every call that left is in the log, without its body', async () => {
  const gateway = stage.openGateway()
  const account = await given()
  await callAmazon(gateway, aCall(account))

  const [row] = await eventually(async () => {
    const rows = await stage.db
      .selectFrom('api_call')
      .selectAll()
      .where('connection_id', '=', account.connectionId)
      .execute()
    expect(rows).toHaveLength(1)
    return rows
  })

  expect(row).toMatchObject({ operation: 'getListingsItem', status: 200, outcome: 'accepted', lane: 'verification' })
  expect(row?.request_id).not.toBeNull()
})
