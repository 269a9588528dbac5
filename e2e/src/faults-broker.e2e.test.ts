import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { link, list } from './stage/accounts.ts'
import { journalEnd, liveOf } from './stage/amazon.ts'
import { expectInStep, expectNoOlderNumber, levelOf, takeUnits } from './stage/faults.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { aListing, aSeller } from './stage/seller.ts'

const seller = { sellerId: 'A1BROKER00EU', account: 'BROKER' }
const skus = Array.from({ length: 20 }, (_, number) => `BROKER-${number + 1}`)
const late = 'LATE'
const onHand = 500

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ broker: 'own' })
  await stage.load(
    aSeller({
      sellerId: seller.sellerId,
      accounts: { UK: seller.account },
      stock: { ...Object.fromEntries(skus.map((sku) => [sku, onHand])), [late]: 9 },
      listings: skus.map((sku) => aListing(sku, seller.account, onHand)),
    }),
  )
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

/** Takes one unit of each SKU in each round, one after the other, while something else happens. */
async function underLoad(rounds: number, meanwhile: () => Promise<void>): Promise<void> {
  const load = async (): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) for (const sku of skus) await takeUnits(stage, sku, 1)
  }
  await Promise.all([load(), meanwhile()])
}

/** Every change has come by: each level moved once per round, every event is on the stream, and Amazon shows the end of it. */
async function expectNothingLost(rounds: number, act: () => Promise<void>): Promise<void> {
  const since = await journalEnd(stage)
  const before = await Promise.all(skus.map((sku) => levelOf(stage, sku)))

  await act()

  await expectInStep(stage, seller.sellerId, { skus, withinMs: 45_000 })
  for (const [place, sku] of skus.entries()) {
    const { available = 0, version = 0 } = before[place] ?? {}
    expect(await levelOf(stage, sku)).toEqual({ available: available - rounds, version: version + rounds })
    await expectNoOlderNumber(stage, { ...seller, sku }, since)
  }
}

test('[R06] the broker is killed three times under load: every change arrives', async () => {
  await expectNothingLost(15, () =>
    underLoad(15, async () => {
      for (let death = 0; death < 3; death += 1) {
        await stage.killBroker()
        await stage.startBroker()
      }
    }),
  )
})

test('[R08] a listing that is linked while the broker is down is pushed once it is back', async () => {
  await list(stage, { sellerId: seller.sellerId, sku: late, quantity: 4 })
  await stage.lockstep('mapping', 'refresh', seller.account)
  await eventually(async () => {
    const { json } = await stage.lockstep('mapping', 'list', seller.account)
    expect(JSON.stringify(json)).toContain(`"${late}"`)
  })
  await stage.killBroker()

  await link(stage, seller.account, { sku: late })
  await takeUnits(stage, late, 2)
  await stage.startBroker()

  await eventually(async () => expect(await liveOf(stage, { ...seller, sku: late })).toBe(7))
})

test.each([
  ['INVENTORY_EVENTS', 'channel-connector-numbers-on-availability'],
  ['ORDERS_EVENTS', 'inventory-books-on-order'],
])(
  '[R13] [R19] the durable of %s that is called %s is deleted under load: the flow resumes by itself',
  async (stream, durable) => {
    await expectNothingLost(3, () => underLoad(3, () => stage.deleteDurable(stream, durable)))
  },
)

test('[R11] [R17] the broker comes back with an empty store: its streams are made again, and every change arrives', async () => {
  await expectNothingLost(5, () =>
    underLoad(5, async () => {
      await stage.loseBroker()
      await stage.startBroker()
    }),
  )
})
