import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import { forceUpdate } from '../commands/force-update.ts'
import { pauseSync, resumeSync } from '../commands/pause-sync.ts'
import { readSyncStatus } from '../queries/sync-status.ts'
import type { Account } from '../store/accounts.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
  await stage.sim.changeSettings({ propagationMs: 100 })
})
afterEach(() => stage.stopPush())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

async function anAccount(): Promise<Account> {
  const { UK } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!UK) throw new Error('no account')
  return UK
}

const liveOf = async (account: Account, sku: string) => (await stage.sim.listing(account.sellerId, sku)).live.quantity

async function untilState(account: Account, sku: string, state: string): Promise<void> {
  await eventually(async () => expect((await stage.why(account, sku)).state).toBe(state), { withinMs: 30_000 })
}

/** Nothing of this account stands in line or is on its way. */
async function untilQuiet(account: Account): Promise<void> {
  await eventually(async () => {
    const { rows } = await sql`
      select from group_state where connection_id = ${account.connectionId}
         and (recompute_at is not null or lane is not null or claimed_by is not null or group_id in (select group_id from recompute_mark))`.execute(
      stage.db,
    )
    expect(rows).toEqual([])
  })
}

const writesOf = async (account: Account, sku: string) =>
  (await stage.writes(account, sku)).map(({ body }) => quantityIn(body))

function quantityIn(body: unknown): unknown {
  const { patches } = body as { patches: { value: { quantity: unknown }[] }[] }
  return patches[0]?.value[0]?.quantity
}

/** The last read of the SKU is a minute old: the next consideration reads again. */
async function ageReads(account: Account): Promise<void> {
  await sql`
    update group_state
       set pacing = jsonb_set(pacing::jsonb, '{live,receivedAt}', to_jsonb((pacing::jsonb #>> '{live,receivedAt}')::bigint - 60000))::text
     where connection_id = ${account.connectionId} and pacing::jsonb #>> '{live,receivedAt}' is not null`.execute(
    stage.db,
  )
}

const later = () => new Date(Date.now() + 5_000)

/** A listing that Amazon shows with 10, as our stock says. */
async function givenInStepAtTen(sku: string): Promise<Account> {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku, live: 10 }])
  stage.startPush()
  await stage.announce(`itm_${sku}`, 10)
  await untilState(uk, sku, 'in_step')
  await ageReads(uk)
  return uk
}

const sell = (account: Account, sku: string, quantity: number) =>
  stage.sim.placeOrder({
    sellerId: account.sellerId,
    marketplaceId: account.marketplaceId,
    lines: [{ sku, quantity }],
  })

test('[T-74] Force Update while sales are not downloaded puts no sold unit back on sale', async () => {
  const uk = await givenInStepAtTen('F-1')
  await sell(uk, 'F-1', 3)

  await stage.db.transaction().execute((tx) => forceUpdate(tx, { account: uk.id, confirmed: true, actor: 'test' }))
  stage.poke()

  await eventually(async () => expect((await stage.why(uk, 'F-1')).guard).toMatchObject({ live: 7, unseen: 3 }))
  await untilQuiet(uk)
  expect(await writesOf(uk, 'F-1')).toEqual([])
  expect((await readSyncStatus(stage.db, uk.id)).unseenOpen).toBe(1)
})

test('[S001-13] a change of ours while sales are not downloaded sends the number less what Amazon has sold', async () => {
  const uk = await givenInStepAtTen('G-1')
  await sell(uk, 'G-1', 3)

  await stage.announce('itm_G-1', 9)

  await eventually(async () => expect(await writesOf(uk, 'G-1')).toEqual([6]))
  await eventually(async () => expect(await liveOf(uk, 'G-1')).toBe(6))
  expect((await stage.why(uk, 'G-1')).steps).toContainEqual(
    expect.objectContaining({ step: 'less_unseen', before: 9, after: 6 }),
  )
})

test('a window that the order explains closes without a write', async () => {
  const uk = await givenInStepAtTen('W-1')
  const { orderId } = await sell(uk, 'W-1', 3)
  await stage.db.transaction().execute((tx) => forceUpdate(tx, { account: uk.id, confirmed: true, actor: 'test' }))
  stage.poke()
  await eventually(async () => expect((await readSyncStatus(stage.db, uk.id)).unseenOpen).toBe(1))

  await stage.takeInOrder(uk, {
    orderId: 'ord_w1',
    sku: 'W-1',
    units: 3,
    createdAt: await createdAt(orderId),
    item: 'itm_W-1',
  })
  await stage.announce('itm_W-1', 7, { cause: { kind: 'order_reserved', reference: 'ord_w1' } })
  await stage.coverOrders(uk, later())

  await eventually(async () => expect((await readSyncStatus(stage.db, uk.id)).unseenOpen).toBe(0))
  await untilState(uk, 'W-1', 'in_step')
  await untilQuiet(uk)
  expect(await writesOf(uk, 'W-1')).toEqual([])
  expect(await liveOf(uk, 'W-1')).toBe(7)
})

async function createdAt(orderId: string): Promise<Date> {
  return new Date((await stage.sim.order(orderId)).createdTime)
}

test('a window that no order explains closes as drift, and the number is not held back any longer', async () => {
  const uk = await givenInStepAtTen('D-1')
  await stage.sim.putListing({ sellerId: uk.sellerId, sku: 'D-1', quantity: 7 })
  await stage.db.transaction().execute((tx) => forceUpdate(tx, { account: uk.id, confirmed: true, actor: 'test' }))
  stage.poke()
  await eventually(async () => expect((await readSyncStatus(stage.db, uk.id)).unseenOpen).toBe(1))
  await untilQuiet(uk)
  expect(await writesOf(uk, 'D-1')).toEqual([])

  await stage.coverOrders(uk, later())

  await eventually(async () => expect(await writesOf(uk, 'D-1')).toEqual([10]))
  const { rows } = await sql<{ stage: string }>`
    select stage from chain_entry where group_id like ${`grp_${uk.connectionId}%`} and stage = 'drift'`.execute(
    stage.db,
  )
  expect(rows).toHaveLength(1)
})

test('[T-29] an accepted number is read back after ten seconds and then counts as seen', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'SEEN', live: 1 }])
  stage.startPush()
  await stage.announce('itm_SEEN', 5)
  await untilState(uk, 'SEEN', 'accepted')

  await untilState(uk, 'SEEN', 'in_step')

  const { chain } = await stage.why(uk, 'SEEN')
  expect(chain.seen).toMatchObject({ quantity: 5, version: 1 })
  expect((chain.seen?.at ?? 0) - (chain.accepted?.at ?? 0)).toBeGreaterThanOrEqual(10_000)
  const { rows } = await sql<{ subject: string }>`
    select subject from outbox where payload ->> 'channelSku' = 'SEEN' order by seq`.execute(stage.db)
  expect(rows.map(({ subject }) => subject.split('.')[4])).toEqual(['quantity-accepted', 'quantity-seen'])
}, 40_000)

test('a look for the last write that fails is taken again in seconds', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'AGAIN', live: 1 }])
  stage.startPush()
  await stage.announce('itm_AGAIN', 5)
  await untilState(uk, 'AGAIN', 'accepted')
  await stage.sim.addFault({
    match: { operation: 'searchListingsItems', sellerId: uk.sellerId },
    action: 'server-error',
    count: 1,
  })

  await untilState(uk, 'AGAIN', 'in_step')

  expect((await stage.why(uk, 'AGAIN')).chain.seen).toMatchObject({ quantity: 5 })
}, 40_000)

test('a pause holds numbers back but lets zeros pass; what is still wanted goes when it ends', async () => {
  const uk = await anAccount()
  await stage.givenListings([
    { account: uk, sku: 'P-1', live: 5 },
    { account: uk, sku: 'P-2', live: 5 },
  ])
  stage.startPush()
  await stage.announce('itm_P-1', 5)
  await stage.announce('itm_P-2', 5)
  await untilState(uk, 'P-1', 'in_step')
  const scope = { account: uk.id, all: false, actor: 'test' }
  await stage.db.transaction().execute((tx) => pauseSync(tx, { ids: systemIds }, { ...scope, hard: false }))
  stage.poke()

  await stage.announce('itm_P-1', 4)
  await stage.announce('itm_P-2', 0)
  await eventually(async () => expect(await writesOf(uk, 'P-2')).toEqual([0]))
  const paused = await stage.why(uk, 'P-1')
  expect(paused).toMatchObject({ state: 'gated' })
  expect(paused.gates.find(({ gate }) => gate === 'not_paused')).toMatchObject({ open: false })
  expect(await writesOf(uk, 'P-1')).toEqual([])
  expect((await readSyncStatus(stage.db, uk.id)).oldestWaiting).toMatchObject({
    channelSku: 'P-1',
    blockedBy: 'PAUSED',
  })

  await stage.db.transaction().execute((tx) => resumeSync(tx, { ids: systemIds }, scope))
  stage.poke()
  await eventually(async () => expect(await writesOf(uk, 'P-1')).toEqual([4]))
})

test('a hard pause holds zeros too', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'H-1', live: 5 }])
  const scope = { account: uk.id, all: false, actor: 'test' }
  await stage.db.transaction().execute((tx) => pauseSync(tx, { ids: systemIds }, { ...scope, hard: true }))
  stage.startPush()

  await stage.announce('itm_H-1', 0)
  await untilState(uk, 'H-1', 'gated')
  await untilQuiet(uk)

  expect(await writesOf(uk, 'H-1')).toEqual([])
})

test('[T-28] a SKU that Amazon fulfils is never written, whatever our tables say', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'FBA-1', live: 5 }])
  await stage.sim.putListing({ sellerId: uk.sellerId, sku: 'FBA-1', fulfillmentChannel: 'AMAZON_EU' })
  stage.startPush()

  await stage.announce('itm_FBA-1', 0)
  await untilState(uk, 'FBA-1', 'gated')

  const why = await stage.why(uk, 'FBA-1')
  expect(why.gates.find(({ gate }) => gate === 'not_fba')).toMatchObject({ open: false })
  await untilQuiet(uk)
  expect(await writesOf(uk, 'FBA-1')).toEqual([])
})

test('why tells a past moment from the records', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'PAST', live: 1 }])
  stage.startPush()
  await stage.announce('itm_PAST', 5)
  await untilState(uk, 'PAST', 'accepted')
  const then = new Date()
  await stage.announce('itm_PAST', 3, { cause: { kind: 'order_reserved', reference: 'ord_9' } })
  await eventually(async () => expect((await stage.why(uk, 'PAST')).chain.accepted).toMatchObject({ quantity: 3 }))

  const past = await stage.why(uk, 'PAST', then)

  expect(past).toMatchObject({
    state: 'accepted',
    desired: { quantity: 5, version: 1 },
    chain: { submitted: { quantity: 5 }, accepted: { quantity: 5 }, seen: null },
    guard: { live: 1, unguarded: false },
  })
  expect(past.locations).toMatchObject([{ available: 5, version: 1 }])
  await expect(stage.why(uk, 'PAST', new Date('2020-01-01'))).rejects.toThrow('nothing is known of "PAST" before 20')
})
