import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import type { Account } from '../store/accounts.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
  await stage.sim.changeSettings({ propagationMs: 100 })
})
afterEach(async () => {
  await stage.sim.clearFaults()
  await stage.stopPush()
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

async function anAccount(): Promise<Account> {
  const { UK } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!UK) throw new Error('no account')
  return UK
}

async function untilLive(account: Account, sku: string, quantity: number): Promise<void> {
  await eventually(async () => {
    expect((await stage.why(account, sku)).chain.accepted).toMatchObject({ quantity })
    expect((await stage.sim.listing(account.sellerId, sku)).live.quantity).toBe(quantity)
  })
}

const statuses = async (account: Account, sku: string) => (await stage.writes(account, sku)).map(({ status }) => status)

test('[T-44] a throttled write goes back in line without counting as an attempt', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'T-1', live: 1 }])
  await stage.sim.addFault({
    match: { operation: 'patchListingsItem', sellerId: uk.sellerId },
    action: 'throttle',
    count: 2,
  })
  stage.startPush()

  await stage.announce('itm_T-1', 5)

  await untilLive(uk, 'T-1', 5)
  expect(await statuses(uk, 'T-1')).toEqual([429, 429, 200])
  expect((await stage.why(uk, 'T-1')).chain.submitted).toMatchObject({ version: 1 })
})

test('an outage is waited out, and the newest number goes when it is over', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'O-1', live: 1 }])
  await stage.sim.addFault({
    match: { operation: 'patchListingsItem', sellerId: uk.sellerId },
    action: 'html-503',
    count: 1,
  })
  stage.startPush()

  await stage.announce('itm_O-1', 5)
  await eventually(async () => expect(await statuses(uk, 'O-1')).toContain(503))
  await stage.announce('itm_O-1', 4)

  await untilLive(uk, 'O-1', 4)
})

test('a reply that never comes: the newest number is sent again under a new version and shows', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'U-1', live: 1 }])
  await stage.sim.addFault({
    match: { operation: 'patchListingsItem', sellerId: uk.sellerId },
    action: 'timeout-after',
    count: 1,
  })
  stage.startPush({ requestTimeoutMs: 1_000 })

  await stage.announce('itm_U-1', 5)
  await eventually(async () => expect((await stage.why(uk, 'U-1')).chain.submitted).toMatchObject({ quantity: 5 }))
  await stage.announce('itm_U-1', 3)

  await untilLive(uk, 'U-1', 3)
  const why = await stage.why(uk, 'U-1')
  expect(why.chain.accepted?.version).toBeGreaterThan(1)
})

test('[R05] [R20] a push that dies with a write on its way is taken over within its lease; its late reply does not count', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'L-1', live: 1 }])
  await stage.sim.addFault({
    match: { operation: 'patchListingsItem', sellerId: uk.sellerId },
    action: 'delay',
    delayMs: 4_000,
    count: 1,
  })
  stage.startPush()
  await stage.announce('itm_L-1', 5)
  await eventually(async () => expect((await stage.why(uk, 'L-1')).state).toBe('in_flight'))

  // The lease of the first push runs out while it waits for the answer.
  await sql`
    update group_state set claimed_until = clock_timestamp(), next_at = clock_timestamp(),
           pacing = jsonb_set(pacing::jsonb, '{inFlight,leaseUntil}', '1')::text
     where connection_id = ${uk.connectionId}`.execute(stage.db)
  stage.startPush()

  await untilLive(uk, 'L-1', 5)
  const { chain } = await stage.why(uk, 'L-1')
  expect(chain.accepted?.version).toBe(2)
  await eventually(async () => expect(await statuses(uk, 'L-1')).toEqual([200, 200]))
  expect((await stage.why(uk, 'L-1')).chain.accepted).toEqual(chain.accepted)
}, 40_000)

test('[R13] answers shuffled by delays: one write at a time per SKU, versions only rise, and the last number wins', async () => {
  const uk = await anAccount()
  const skus = Array.from({ length: 8 }, (_, i) => `R-${i}`)
  await stage.givenListings(skus.map((sku) => ({ account: uk, sku, live: 1 })))
  for (const delayMs of [50, 400, 900]) {
    await stage.sim.addFault({
      match: { operation: 'patchListingsItem', sellerId: uk.sellerId, sku: skus[delayMs % 8] ?? '' },
      action: 'delay',
      delayMs,
    })
  }
  stage.startPush()
  stage.startPush()

  for (let round = 1; round <= 12; round += 1) {
    await Promise.all(skus.map((sku, i) => stage.announce(`itm_${sku}`, 10 * round + i)))
  }

  await eventually(
    async () => {
      for (const [i, sku] of skus.entries()) {
        expect((await stage.sim.listing(uk.sellerId, sku)).live.quantity).toBe(120 + i)
      }
    },
    { withinMs: 45_000 },
  )
  const { rows } = await sql<{ group_id: string; stage: string; version: number }>`
    select group_id, stage, version from chain_entry where stage in ('submitted', 'accepted', 'unknown')
       and group_id like ${`grp_${uk.connectionId}%`} order by id`.execute(stage.db)
  for (const entries of Map.groupBy(rows, (row) => row.group_id).values()) {
    const accepted = entries.filter((entry) => entry.stage === 'accepted').map(({ version }) => version)
    expect(accepted).toEqual(accepted.toSorted((a, b) => a - b))
    expect(entries.map((entry) => entry.stage)).toEqual(entries.map((_, i) => (i % 2 === 0 ? 'submitted' : 'accepted')))
  }
}, 60_000)

test('a seller whose authorisation is gone is left alone, and nothing is lost', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'V-1', live: 1 }])
  await stage.sim.addFault({ match: { sellerId: uk.sellerId }, action: 'revoke' })
  stage.startPush()

  await stage.announce('itm_V-1', 5)

  await eventually(async () => expect((await stage.why(uk, 'V-1')).state).toBe('waiting'))
  expect(await statuses(uk, 'V-1')).toEqual([])
})
