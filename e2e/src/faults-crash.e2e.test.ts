import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { journalEnd } from './stage/amazon.ts'
import { expectInStep, expectNoOlderNumber, levelOf, takeUnits } from './stage/faults.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { aListing, aSeller } from './stage/seller.ts'

const seller = { sellerId: 'A1CRASH000EU', account: 'CRASH' }

// From the stock change to the number on Amazon; each case kills both services on the way of the same change.
const deaths = [
  { inventory: 'adjust-stock:after-move', connector: 'push:after-sending-commit' },
  { inventory: 'adjust-stock:after-commit-before-reply', connector: 'push:after-call' },
  { inventory: 'relay.before-publish', connector: 'recompute:before-commit' },
  { inventory: 'relay.after-publish', connector: 'push:before-outcome-commit' },
  { inventory: 'relay.after-mark', connector: 'consumer.handled' },
]
const skus = deaths.map((_, number) => `CRASH-${number + 1}`)

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
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

test.each(deaths.map((death, place) => ({ ...death, sku: skus[place] ?? '' })))(
  '[R05] [R08] [R13] inventory killed at $inventory and the connector at $connector: the change is applied once and accepted within 20 s',
  async ({ inventory, connector, sku }) => {
    // A death may leave a message unacknowledged whose effect is there already: handled again, it would set off the next case's crash point at its start.
    await eventually(async () => expect(await stage.unacknowledged()).toBe(0))
    const since = await journalEnd(stage)
    const before = await levelOf(stage, sku)
    await Promise.all([
      stage.restart('inventory', { FAILPOINT: inventory }),
      stage.restart('channel-connector', { FAILPOINT: connector }),
    ])

    const taken = takeUnits(stage, sku, 3)
    await stage.ended('inventory')
    await stage.restart('inventory', { FAILPOINT: undefined })
    await taken
    await stage.ended('channel-connector')
    await stage.restart('channel-connector', { FAILPOINT: undefined })

    await expectInStep(stage, seller.sellerId, { skus: [sku] })
    expect(await levelOf(stage, sku)).toEqual({ available: before.available - 3, version: before.version + 1 })
    await expectNoOlderNumber(stage, { ...seller, sku }, since)
  },
)

test('[R13] after all of it every listing shows what the ledger says', async () => {
  await expectInStep(stage, seller.sellerId, { skus })
})
