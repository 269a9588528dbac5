import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import type { Account } from '../store/accounts.ts'

let stage: PushStage

beforeAll(async () => {
  stage = await pushStage()
  await stage.sim.changeSettings({ propagationMs: 100 })
}, 60_000)

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

async function givenSeller(prefix: string, count: number): Promise<{ account: Account; skus: string[] }> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  const skus = Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  await stage.givenListings(skus.map((sku) => ({ account, sku, live: 9 })))
  return { account, skus }
}

const sent = async ({ sellerId }: Account) =>
  (await stage.sim.journal({ operation: 'patchListingsItem', sellerId, limit: 1000 })).entries

test('[R31] a connection whose replies are slow or 429 keeps nobody else waiting', async () => {
  const slow = await givenSeller('SLOW', 30)
  const quick = await givenSeller('QUICK', 15)
  const ofSlow = { sellerId: slow.account.sellerId }
  await stage.sim.addFault({ match: { ...ofSlow, operation: 'patchListingsItem' }, action: 'throttle', count: 5 })
  await stage.sim.addFault({ match: ofSlow, action: 'delay', delayMs: 4_000 })
  for (const sku of slow.skus) await stage.announce(`itm_${sku}`, 3)
  stage.startPush()
  await eventually(async () => expect((await sent(slow.account)).length).toBeGreaterThan(0), { withinMs: 30_000 })
  for (const sku of quick.skus) await stage.announce(`itm_${sku}`, 3)

  await eventually(
    async () => {
      for (const sku of quick.skus)
        expect((await stage.why(quick.account, sku)).chain.accepted).toMatchObject({ quantity: 3 })
    },
    { withinMs: 60_000 },
  )

  // Those that came later and wait for nobody are all done, each by one call, before the slow connection is.
  const waiting = await Promise.all(slow.skus.map(async (sku) => (await stage.why(slow.account, sku)).chain.accepted))
  expect(waiting.filter((accepted) => accepted?.quantity !== 3).length).toBeGreaterThan(0)
  expect((await sent(quick.account)).map(({ status }) => status)).toEqual(quick.skus.map(() => 200))
  expect((await sent(slow.account)).some(({ status }) => status === 429)).toBe(true)
}, 150_000)
