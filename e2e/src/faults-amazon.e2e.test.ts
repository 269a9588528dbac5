import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { journalEnd, writesOf } from './stage/amazon.ts'
import { expectInStep, expectNoOlderNumber, levelOf, takeUnits } from './stage/faults.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { aListing, aSeller } from './stage/seller.ts'

const seller = { sellerId: 'A1FAULT000EU', account: 'FAULT' }
const faults = ['timeout-before', 'timeout-after', 'drop', 'server-error', 'html-503', 'corrupt'] as const
const faulty = faults.map((action) => `FAULT-${action}`)
const throttled = Array.from({ length: 6 }, (_, number) => `SLOW-${number + 1}`)
const sleeper = 'SLEEPER'

let stage: Stage

beforeAll(async () => {
  const skus = [...faulty, ...throttled, sleeper]
  stage = await openStage({ env: { AMAZON_REQUEST_TIMEOUT_MS: '1500' } })
  await stage.load(
    aSeller({
      sellerId: seller.sellerId,
      accounts: { UK: seller.account },
      stock: Object.fromEntries(skus.map((sku) => [sku, 50])),
      listings: skus.map((sku) => aListing(sku, seller.account, 50)),
    }),
  )
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test(`[R05] [R13] a write that meets ${faults.join(', ')} between request and reply: the newest number is accepted within 20 s, none is overwritten by an older one`, async () => {
  const since = await journalEnd(stage)
  for (const [place, action] of faults.entries()) {
    await stage.sim.addFault({ match: { operation: 'patchListingsItem', sku: faulty[place] ?? '' }, action, count: 1 })
  }

  await Promise.all(faulty.map((sku) => takeUnits(stage, sku, 3)))
  await eventually(async () => {
    for (const sku of faulty) expect((await writesOf(stage, { ...seller, sku }, since)).length).toBeGreaterThan(0)
  })
  await Promise.all(faulty.map((sku) => takeUnits(stage, sku, 4)))

  await expectInStep(stage, seller.sellerId, { skus: faulty })
  for (const sku of faulty) {
    await expectNoOlderNumber(stage, { ...seller, sku }, since)
    expect(await levelOf(stage, sku)).toMatchObject({ available: 43 })
  }
  await stage.sim.clearFaults()
})

test('[R13] [R20] a connector that is stopped with a write under way is fenced: a replica goes on, and what the stopped one knew overwrites nothing', async () => {
  const since = await journalEnd(stage)
  const connector = stage.stack.process('channel-connector')
  await stage.sim.addFault({
    match: { operation: 'patchListingsItem', sku: sleeper },
    action: 'delay',
    delayMs: 1_000,
    count: 1,
  })
  await takeUnits(stage, sleeper, 3)
  await eventually(async () => expect(await isUnderWay()).toBe(true), { everyMs: 20 })

  connector.kill('SIGSTOP')
  const replica = await stage.startReplica('channel-connector')
  await takeUnits(stage, sleeper, 4)
  await expectInStep(stage, seller.sellerId, { skus: [sleeper], withinMs: 60_000 })
  connector.kill('SIGCONT')

  await takeUnits(stage, sleeper, 5)
  await expectInStep(stage, seller.sellerId, { skus: [sleeper], withinMs: 45_000 })
  await expectNoOlderNumber(stage, { ...seller, sku: sleeper }, since)
  expect(await stage.lockstep('why', seller.account, sleeper)).toMatchObject({
    json: { desired: { quantity: 38 }, chain: { accepted: { quantity: 38 } } },
  })
  await replica.kill()
})

test('[R13] 30 s of throttling lose nothing: the numbers wait their turn, and Amazon is not asked more often meanwhile', async () => {
  const since = await journalEnd(stage)
  await stage.sim.addFault({ match: { operation: 'patchListingsItem' }, action: 'throttle', forMs: 30_000 })

  for (const sku of throttled) await takeUnits(stage, sku, 3)
  for (const sku of throttled) await takeUnits(stage, sku, 4)

  await expectInStep(stage, seller.sellerId, { skus: throttled, withinMs: 75_000 })
  const { entries } = await stage.sim.journal({ operation: 'patchListingsItem', since, limit: 10_000 })
  const turnedAway = entries.filter(({ status }) => status === 429)
  expect(turnedAway.length).toBeGreaterThan(0)
  expect(turnedAway.length).toBeLessThan(5 * 30)
  for (const sku of throttled) await expectNoOlderNumber(stage, { ...seller, sku }, since)
})

/** The row says so before the socket opens. */
async function isUnderWay(): Promise<boolean> {
  const { json } = await stage.lockstep('why', seller.account, sleeper)
  const { chain, state } = json as { chain: { submitted: { quantity: number } | null }; state: string }
  return chain.submitted?.quantity === 47 && state === 'in_flight'
}
