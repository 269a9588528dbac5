import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { problemsOf } from '@lockstep/cli/test-schemas'
import { eventually } from '@lockstep/testkit/eventually'
import { run } from './stage/accounts.ts'
import { liveOf } from './stage/amazon.ts'
import { expectRefusal } from './stage/answers.ts'
import { openStage, type Stage } from './stage/open-stage.ts'
import { aListing, aSeller } from './stage/seller.ts'

const sellerId = 'A1FULLSHOP1'
const account = 'FULL'
/** One more than the guard lets through. */
const skus = Array.from({ length: 51 }, (_, at) => `PART-${at}`)

let stage: Stage

beforeAll(async () => {
  // A change that takes more than the share to 0 has to be looked at; here the guard behind it is on trial.
  stage = await openStage({ env: { CHANNEL_CONNECTOR_ZEROS_SHARE_PERCENT: '100' } })
  await stage.load(
    aSeller({
      sellerId,
      accounts: { UK: account },
      stock: Object.fromEntries(skus.map((sku) => [sku, 2])),
      listings: skus.map((sku) => aListing(sku, account, 2)),
    }),
  )
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('a setting that would empty the shop waits for a person: no listing goes to 0 before they let all of them', async () => {
  await run(stage, 'accounts', 'settings', account, '--end-when', '2')

  const status = await eventually(async () => {
    const shown = await run(stage, 'sync', 'status', account)
    expect(shown).toMatchObject({
      mass_zero: { count: skus.length },
      oldest_waiting: { blocked_by: 'MASS_ZERO', lane: 'to_zero' },
    })
    return shown as { mass_zero: { confirmation: string } }
  })
  expect(problemsOf('sync-status', status)).toEqual([])
  expect(await run(stage, 'why', account, 'PART-7')).toMatchObject({
    desired: { quantity: 0 },
    chain: { scheduled: { blocked_by: 'MASS_ZERO' } },
    next: { action: 'wait', reason: 'MASS_ZERO' },
  })
  expectRefusal(await stage.lockstep('sync', 'confirm-zeros', account, 'zeros-nothing'), {
    code: 'CONFIRMATION_STALE',
    value: 'zeros-nothing',
  })
  expect((await stage.sim.journal({ operation: 'patchListingsItem', sellerId })).entries).toEqual([])

  const released = await run(stage, 'sync', 'confirm-zeros', account, status.mass_zero.confirmation)

  expect(problemsOf('sync-confirm-zeros', released)).toEqual([])
  expect(released).toEqual({ released: skus.length })
  await eventually(
    async () => {
      const levels = await Promise.all(skus.map((sku) => liveOf(stage, { sellerId, sku })))
      expect(levels.filter((level) => level !== 0)).toEqual([])
    },
    { withinMs: 45_000, everyMs: 500 },
  )
  expect(await run(stage, 'sync', 'status', account)).toMatchObject({ mass_zero: null })
})
