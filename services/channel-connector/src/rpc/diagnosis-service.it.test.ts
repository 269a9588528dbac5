import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import {
  DiagnosisServiceClient,
  type ListCallsRequest,
  Urgency,
} from '@lockstep/contracts/generated/lockstep/channel/v1/diagnosis_service.ts'
import { BulkServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/bulk_service.ts'
import { call, openClient } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { insertFeed } from '../store/plan-writes.ts'
import { stopFeeds } from '../store/feeds.ts'
import { aKey, asking, refusedWith, serviceStage, type ServiceStage } from '../../test/service-stage.ts'

let stage: ServiceStage
let diagnosis: DiagnosisServiceClient

beforeAll(async () => {
  stage = await serviceStage()
  diagnosis = openClient(DiagnosisServiceClient, stage.address)
})
afterAll(async () => {
  diagnosis.close()
  await stage[Symbol.asyncDispose]()
})

const diagnose = (account: Account) => call(diagnosis, 'diagnoseAccount', { account: account.id }, asking)
const log = (search: Partial<ListCallsRequest>) => {
  const all = { account: '', operation: '', classes: [], since: undefined, until: undefined, page: undefined }
  return call(diagnosis, 'listCalls', { ...all, ...search }, asking)
}

/** One call through the gateway, as another service makes it. */
const amazon = (account: Account, operation: string, path: Record<string, string> = {}) =>
  call(
    stage.gateway,
    'callAmazon',
    {
      accountId: account.id,
      connectionId: '',
      operation,
      path,
      query: [
        { name: 'marketplaceIds', value: account.marketplaceId },
        ...(operation === 'searchOrders' ? [{ name: 'lastUpdatedAfter', value: '2026-11-01T00:00:00Z' }] : []),
      ],
      body: Buffer.alloc(0),
      lane: '',
      notAfter: new Date(Date.now() + 8_000),
    },
    asking,
  )

test('[S003-44] [S003-46] [S003-48] a role that is taken away shows by capability, role and count, and what works stays working', async () => {
  const account = await stage.givenAccount('A7ROLES')
  await amazon(account, 'getMarketplaceParticipations')
  await amazon(account, 'searchOrders')
  await stage.sim.changeRoles({ sellerId: 'A7ROLES', revoke: ['Inventory and Order Tracking'] })

  const answer = await amazon(account, 'confirmShipment', { orderId: '202-1' })

  expect(answer.nextStep).toContain('"Inventory and Order Tracking"')
  await eventually(async () => {
    const { findings, capabilities } = await diagnose(account)
    const denied = findings.filter((finding) => finding.class === 'denied')
    expect(denied).toMatchObject([
      {
        capability: 'despatch',
        scope: 'Orders',
        touches: 'FBM',
        urgency: Urgency.ACT,
        operations: [{ operation: 'confirmShipment', count: 1, errorCode: 'Unauthorized' }],
      },
    ])
    const standings = Object.fromEntries(capabilities.map(({ capability, state }) => [capability, state]))
    expect(standings).toMatchObject({ despatch: 'refused', orders: 'working', feeds: 'unknown' })
  })
})

test('[S003-35] [S003-38] throttling and denial of one operation are never taken for each other', async () => {
  const account = await stage.givenAccount('A7LIMIT')
  const match = { sellerId: 'A7LIMIT', operation: 'getMarketplaceParticipations' }
  await stage.sim.addFault({ match, action: 'throttle', count: 1 })
  const throttled = await amazon(account, 'getMarketplaceParticipations')
  expect(throttled.nextStep).toMatch(/^do nothing: it is tried again at \d\d:\d\d:\d\d UTC$/)

  await eventually(async () => {
    const { findings } = await diagnose(account)
    expect(findings).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ class: 'throttled', limitLevel: 'pair' })]),
    )
    expect(findings.map((finding) => finding.class)).not.toContain('denied')
  })
})

test('[T-69] a revoked authorisation is the finding, and the exchange that showed it is in the log', async () => {
  const account = await stage.givenAccount('A7GONE')
  const fault = await stage.sim.addFault({ match: { sellerId: 'A7GONE' }, action: 'revoke' })
  await amazon(account, 'searchOrders')

  await eventually(async () => {
    const { findings } = await diagnose(account)
    expect(findings[0]).toMatchObject({ class: 'authorisation_revoked', urgency: Urgency.ACT })
    const { calls } = await log({ account: account.id })
    expect(calls[0]).toMatchObject({
      operation: 'lwaToken',
      class: 'authorisation_revoked',
      errorCode: 'invalid_grant',
    })
  })
  await stage.sim.removeFault(fault.id)
})

test('[S003-49] errors are searched over gRPC and paged; bad searches are refused with field, value and next step', async () => {
  const account = await stage.givenAccount('A7LOG')
  await stage.sim.addFault({ match: { sellerId: 'A7LOG', operation: 'getOrder' }, action: 'server-error', count: 3 })
  for (const orderId of ['1', '2', '3']) await amazon(account, 'getOrder', { orderId })
  await eventually(async () => expect((await log({ account: account.id })).calls).toHaveLength(3))

  const first = await log({ account: account.id, page: { size: 2, token: '' } })
  const rest = await log({ account: account.id, page: { size: 2, token: first.nextPageToken } })

  expect([...first.calls, ...rest.calls].map(({ status }) => status)).toEqual([500, 500, 500])
  expect(rest.nextPageToken).toBe('')
  expect(first.calls[0]).toMatchObject({
    sellerId: 'A7LOG',
    operation: 'getOrder',
    class: 'outage',
    capability: 'orders',
  })
  expect(first.calls[0]?.requestId).not.toBe('')
  expect(await refusedWith(log({ classes: ['bad'] }))).toMatchObject({ field: 'classes', value: 'bad' })
  expect(await refusedWith(log({ operation: 'nope' }))).toMatchObject({ reason: 'OPERATION_UNKNOWN' })
  expect(await refusedWith(log({ page: { size: 1001, token: '' } }))).toMatchObject({ reason: 'PAGE_INVALID' })
  expect(await refusedWith(log({ account: 'none' }))).toMatchObject({ reason: 'ACCOUNT_UNKNOWN' })
})

test('[T-52] [T-54] stuck and refused feeds are findings with the one next step, and gone once that is done', async () => {
  const account = await stage.givenAccount('A7FEEDS')
  const { connectionId } = account
  const planned = {
    connectionId,
    jobId: null,
    purpose: 'stock' as const,
    wantedItems: 5,
    deadlineMs: -60_000,
    epoch: 1,
  }
  await stage.db.transaction().execute(async (tx) => {
    await insertFeed(tx, { ...planned, id: 'fed_A7STUCK' })
    await insertFeed(tx, { ...planned, id: 'fed_A7ENDED' })
    await stopFeeds(tx, { connection_id: connectionId, purpose: 'stock' }, 'Amazon gave the whole feed up')
    await sql`
      update feed set state = 'stuck', next_at = null, detail = 'past its deadline at Amazon',
             ended_at = case when id = 'fed_A7ENDED' then now() end
       where connection_id = ${connectionId}`.execute(tx)
  })
  const feedFindings = async () =>
    (await diagnose(account)).findings.filter((finding) => finding.class.startsWith('feed'))

  const findings = await feedFindings()
  const bulk = openClient(BulkServiceClient, stage.address)
  await call(bulk, 'allowFeeds', { idempotencyKey: aKey(), account: account.id }, asking)
  bulk.close()

  expect(findings).toMatchObject([
    { class: 'feed_stuck', urgency: Urgency.ACT, summary: expect.stringMatching(/^a feed is past/) },
    { class: 'feeds_stopped', urgency: Urgency.ACT, summary: expect.stringContaining('gave the whole feed up') },
  ])
  expect(findings.map(({ nextStep }) => nextStep)).toEqual([
    expect.stringMatching(/: lockstep feeds amazon A7FEEDS-UK$/),
    expect.stringMatching(/: lockstep feeds allow A7FEEDS-UK$/),
  ])
  expect((await feedFindings()).map((finding) => finding.class)).toEqual(['feed_stuck'])
})

test('[S003-31] [S003-33] [S003-34] an MWS connection is recorded, shown as one, never called, and never turned into another', async () => {
  const wanted = { name: '', sellerId: 'A7OLD', marketplace: 'UK', refreshToken: '', legacyMws: true }
  const { account: old } = await call(stage.accounts, 'createAccount', { idempotencyKey: aKey(), ...wanted }, asking)
  if (!old) throw new Error('no account')

  expect(old).toMatchObject({
    name: 'A7OLD-UK-MWS',
    api: 'MWS',
    connectionDetail: expect.stringMatching(/afresh by SP-API/),
  })
  const authorise = { idempotencyKey: aKey(), account: old.id, refreshToken: 'Atzr|x' }
  expect(await refusedWith(call(stage.accounts, 'authoriseAccount', authorise, asking))).toMatchObject({
    reason: 'LEGACY_CONNECTION',
  })
  expect(await refusedWith(amazon(old, 'searchOrders'))).toMatchObject({ reason: 'LEGACY_CONNECTION' })
  const on = {
    idempotencyKey: aKey(),
    account: old.id,
    updateInventory: true,
    confirmation: 'x',
    zerosConfirmation: '',
  }
  expect(await refusedWith(call(stage.accounts, 'updateAccountSettings', on, asking))).toMatchObject({
    reason: 'LEGACY_CONNECTION',
  })
  expect((await diagnose(old)).findings).toMatchObject([{ class: 'legacy_connection' }])
  const afresh = await stage.givenAccount('A7OLD')
  expect(afresh).toMatchObject({ name: 'A7OLD-UK', api: 'SP-API' })
  expect(afresh.connectionId).not.toBe(old.connectionId)
  const { connections } = await call(stage.accounts, 'listConnections', {}, asking)
  expect(connections.filter(({ sellerId }) => sellerId === 'A7OLD')).toHaveLength(1)
})
