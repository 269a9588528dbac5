import { once } from 'node:events'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { completedPolls } from './outbox.ts'
import { placeOrder } from './selling.ts'
import { setServiceStage, type ServiceStage } from './service-stage.ts'

jest.setTimeout(60_000)

let stage: ServiceStage

beforeEach(async () => {
  stage = await setServiceStage()
})
afterEach(async () => {
  await stage[Symbol.asyncDispose]()
})

test('a poll whose process is killed after its first page is taken over by another within 30 s, and nothing is lost or doubled', async () => {
  await placeOrders(150)
  const killed = await stage.spawn({ FAILPOINT: 'poll:after-page' })
  await once(killed, 'exit')
  const killedAt = performance.now()
  expect(killed.signalCode).toBe('SIGKILL')
  expect(await storedOrders()).toBe(100)

  await stage.start()

  await eventually(async () => expect(await completedPolls(stage.db)).toHaveLength(1), { withinMs: 30_000 })
  expect(performance.now() - killedAt).toBeLessThan(30_000)
  await expectWhole(150)
})

test.each(['ingest:before-commit', 'ingest:after-commit', 'poll:before-cursor', 'poll:after-cursor'])(
  '[R05] [R21] killed at %s: after the restart every order is in once, with one event, and the poll is announced once',
  async (point) => {
    await placeOrders(3)
    const killed = await stage.spawn({ FAILPOINT: point })
    await once(killed, 'exit')
    expect(killed.signalCode).toBe('SIGKILL')
    // How long a dead poll's lease lasts is proved above; here it ends at once.
    await sql`update connection_poll set claimed_until = clock_timestamp() where claimed_until is not null`.execute(
      stage.db,
    )

    await stage.start()

    await eventually(async () => expect(await completedPolls(stage.db)).toHaveLength(1))
    await expectWhole(3)
  },
)

async function placeOrders(count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => placeOrder(stage.amazon)))
}

async function expectWhole(count: number): Promise<void> {
  expect(await storedOrders()).toBe(count)
  const { rows } = await sql<{ received: number; audited: number }>`
    select (select count(*) from outbox where subject like 'evt.orders.v1.order.received.%') as received,
           (select count(*) from audit_entry where text = 'Order Received') as audited`.execute(stage.db)
  expect(rows[0]).toEqual({ received: count, audited: count })
  const [poll] = await completedPolls(stage.db)
  expect(poll?.orders).toHaveLength(count)
  expect(poll?.wentLiveAccountIds).toEqual(['acc_uk'])
}

async function storedOrders(): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from sales_order`.execute(stage.db)
  return rows[0]?.count ?? 0
}
