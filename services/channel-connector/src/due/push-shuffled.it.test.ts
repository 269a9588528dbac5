import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import type { Account } from '../store/accounts.ts'
import { readOldestWaiting } from '../store/sync-counts.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
  const fast = { rate: 200, burst: 200 }
  await stage.sim.changeSettings({
    propagationMs: 100,
    rates: { patchListingsItem: fast, searchListingsItems: fast },
  })
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

const skus = Array.from({ length: 20 }, (_, place) => `SH-${place}`)
const changes = 1_000
/** Of Amazon's 30 s and our 10 s a twentieth: an answer comes late, or after nobody waits for it any more. */
const answersWithinMs = 1_500
const requestTimeoutMs = 500

test('[R13] answers that come late, out of order or never: versions only rise, one write at a time per SKU, and Amazon ends with the ledger', async () => {
  const { UK: uk } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!uk) throw new Error('no account')
  await stage.givenListings(skus.map((sku) => ({ account: uk, sku, live: 1 })))
  await delayAnswers(uk)
  stage.startPush({ requestTimeoutMs })
  stage.startPush({ requestTimeoutMs })
  const ledger = new Map<string, number>()

  for (let change = 0; change < changes; change += 1) {
    const sku = skus[change % skus.length] ?? ''
    const available = 1 + ((change * 7919) % 97)
    ledger.set(sku, available)
    await stage.announce(`itm_${sku}`, available)
  }

  await eventually(async () => expect(await liveNumbers(uk)).toEqual(ledger), { withinMs: 90_000, everyMs: 500 })
  const history = await historyOf(uk)
  expect(history.some(({ stage: word }) => word === 'unknown')).toBe(true)
  for (const entries of Map.groupBy(history, ({ groupId }) => groupId).values()) {
    const accepted = entries.filter(({ stage: word }) => word === 'accepted').map(({ version }) => version)
    expect(accepted).toEqual(accepted.toSorted((a, b) => a - b))
    let inFlight = 0
    for (const { stage: word } of entries) {
      inFlight += word === 'submitted' ? 1 : -1
      expect(inFlight).toBeGreaterThanOrEqual(0)
      expect(inFlight).toBeLessThanOrEqual(1)
    }
  }
}, 150_000)

/** Every other write of a SKU is answered late, by a time of its own. */
async function delayAnswers({ sellerId }: Account): Promise<void> {
  for (let fault = 0; fault < 200; fault += 1) {
    const delayMs = (fault * 389) % answersWithinMs
    const match = { operation: 'patchListingsItem', sellerId, sku: skus[(fault * 13) % skus.length] ?? '' }
    await stage.sim.addFault({ match, action: 'delay', delayMs, count: 1 })
  }
}

async function liveNumbers({ sellerId }: Account): Promise<Map<string, number>> {
  const listings = await stage.sim.listings({ sellerId })
  return new Map(skus.map((sku) => [sku, listings.find((listing) => listing.sku === sku)?.live.quantity ?? Number.NaN]))
}

/** What left and what came of it, in the order it was stored. */
async function historyOf({ connectionId }: Account) {
  const { rows } = await sql<{ groupId: string; stage: string; version: number }>`
    select e.group_id as "groupId", e.stage, e.version from chain_entry e join group_state s on s.group_id = e.group_id
     where s.connection_id = ${connectionId} and e.stage in ('submitted', 'returned', 'accepted', 'refused', 'unknown')
     order by e.id`.execute(stage.db)
  return rows
}

test('[R32] the age of the oldest number in line is told by lane, and is gone when it was sent', async () => {
  const { UK: uk } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!uk) throw new Error('no account')
  await stage.stopPush()
  await stage.givenListings([{ account: uk, sku: 'OLD-1', live: 9 }])
  await stage.announce('itm_OLD-1', 0)
  await sql`update group_state set waiting_since = waiting_since - interval '90 seconds' where connection_id = ${uk.connectionId}`.execute(
    stage.db,
  )

  expect((await readOldestWaiting(stage.db)).get('to_zero')).toBeGreaterThan(89)

  stage.startPush()
  await eventually(async () => expect((await readOldestWaiting(stage.db)).get('to_zero') ?? 0).toBeLessThan(60), {
    withinMs: 30_000,
  })
})
