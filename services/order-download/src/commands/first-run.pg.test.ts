import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { completedPolls } from '../../test/outbox.ts'
import { setOrderStage, type OrderStage } from '../../test/order-stage.ts'
import { de, deMarketplace, nextSecond, seller, uk } from '../../test/selling.ts'
import { aConnection } from '../../test/test-connector.ts'
import { findOrder } from '../queries/find-order.ts'
import { findAccount } from '../store/accounts.ts'
import { findPoll } from '../store/polls.ts'

jest.setTimeout(30_000)

let stage: OrderStage

beforeEach(async () => {
  stage = await setOrderStage({ isLive: false })
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

test('the first run stores what is open, its bound is the go-live, and the poll says who went live', async () => {
  const open = await stage.order()
  const pending = await stage.order({ status: 'PENDING' })
  const partly = await stage.order({ lines: [{ sku: 'TEST-1', quantity: 3 }] })
  await nextSecond()

  await goLive('acc_uk')

  expect(await findOrder(stage.db, open)).toMatchObject({ order: { state: 'open', beforeGoLive: false } })
  expect(await findOrder(stage.db, pending)).toMatchObject({ order: { state: 'parked' } })
  expect(await findOrder(stage.db, partly)).toMatchObject({ order: { lines: [{ ordered: 3 }] } })
  const account = await findAccount(stage.db, 'acc_uk')
  const [poll] = await completedPolls(stage.db)
  expect(poll).toMatchObject({ wentLiveAccountIds: ['acc_uk'], coveredUntil: account?.go_live_at })
  expect(poll?.orders).toHaveLength(3)
  const query = stage.connector.amazonCalls[0]?.query.find(({ name }) => name === 'fulfillmentStatuses')
  expect(query?.value).toBe('UNSHIPPED,PARTIALLY_SHIPPED,PENDING,PENDING_AVAILABILITY')
})

test('[B19] an order shipped before the first download is skipped, also when the overlap shows it', async () => {
  const shipped = await stage.order({ status: 'SHIPPED' })
  await nextSecond()
  await goLive('acc_uk')

  await stage.sync()

  expect(await findOrder(stage.db, shipped)).toEqual({ kind: 'unknown' })
})

test('an order from before go-live that closes after it is recorded and marked: it moves no stock', async () => {
  const old = await stage.order({ status: 'SHIPPED' })
  await nextSecond()
  await goLive('acc_uk')
  await nextSecond()
  const { lastUpdatedTime } = await stage.amazon.deliverOrder(old)

  await stage.sync()

  expect(Date.parse(lastUpdatedTime)).toBeGreaterThan(
    (await findAccount(stage.db, 'acc_uk'))?.go_live_at?.getTime() ?? 0,
  )
  expect(await findOrder(stage.db, old)).toMatchObject({ order: { beforeGoLive: true, state: 'processed' } })
})

test('a new account of a connection that is live gets a first run of its own; the cursor stays', async () => {
  await goLive('acc_uk')
  await stage.sync()
  const before = await findPoll(stage.db, 'con_eu')
  const german = await stage.order({ marketplaceId: deMarketplace })
  const britishShipped = await stage.order({ status: 'SHIPPED' })
  await nextSecond()

  stage.connector.connections = [aConnection([uk, de], seller)]
  await goLive('acc_de')

  expect(await findOrder(stage.db, german)).toMatchObject({ order: { accountId: 'acc_de', beforeGoLive: false } })
  const polls = await completedPolls(stage.db)
  expect(polls.filter(({ wentLiveAccountIds }) => wentLiveAccountIds.length > 0)).toMatchObject([
    { wentLiveAccountIds: ['acc_uk'], accountIds: ['acc_uk'] },
    { wentLiveAccountIds: ['acc_de'], accountIds: ['acc_de'] },
  ])
  await eventually(async () => {
    // The regular window follows at once and shows what the first run's filter left out.
    expect(await findOrder(stage.db, britishShipped)).toMatchObject({ order: { accountId: 'acc_uk' } })
  })
  const after = await findPoll(stage.db, 'con_eu')
  expect(after?.cursor_at?.getTime()).toBeGreaterThanOrEqual(before?.cursor_at?.getTime() ?? Infinity)
})

test('an account that appears while the page of a run is taken in goes live with the next run, which follows at once', async () => {
  await stage.order()
  stage.connector.beforeResolve = async () => {
    stage.connector.connections = [aConnection([uk, de], seller)]
    await stage.refresh()
  }

  await goLive('acc_uk')

  await goLive('acc_de')
})

test('a connection without credentials is not polled', async () => {
  const [connection] = [aConnection([uk], seller)]
  stage.connector.connections = [{ ...connection, state: 'CONNECTION_STATE_NO_CREDENTIALS' }]
  await stage.refresh()

  expect(await stage.sync()).toMatchObject({ result: 'denied', detail: expect.stringContaining('authorise') })
  expect(stage.connector.amazonCalls).toEqual([])
})

async function goLive(accountId: string): Promise<void> {
  await stage.refresh()
  await eventually(async () => {
    expect((await findAccount(stage.db, accountId))?.go_live_at).toBeTruthy()
  })
}
