import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { pino } from 'pino'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import { forceUpdate } from '../commands/force-update.ts'
import { resendListing } from '../commands/resend-listing.ts'
import { hintLiveChanged } from '../commands/sweep-listings.ts'
import { readSyncStatus } from '../queries/sync-status.ts'
import type { Account } from '../store/accounts.ts'
import { addMissingSweeps } from '../store/listing-sweeps.ts'
import { startListingSweepDue } from './listing-sweep-due.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
  await stage.sim.changeSettings({ propagationMs: 100 })
})
afterEach(() => stage.stopPush())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

/** An account whose listings are in step with Amazon at 10, with the push running. */
async function givenInStep(skus: readonly string[], leadTimeDays?: number): Promise<Account> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  if (leadTimeDays !== undefined) {
    await sql`update account set default_lead_time_days = ${leadTimeDays} where id = ${account.id}`.execute(stage.db)
  }
  await stage.givenListings(skus.map((sku) => ({ account, sku, live: 3 })))
  stage.startPush()
  for (const sku of skus) await stage.announce(`itm_${sku}`, 10)
  await eventually(
    async () => {
      for (const sku of skus) expect((await stage.why(account, sku)).state).toBe('in_step')
    },
    { withinMs: 60_000 },
  )
  return account
}

function startSweep(sweepEveryMs: number) {
  return startListingSweepDue({
    db: stage.db,
    callAmazon: (call) => stage.callAmazon(call),
    poke: () => stage.poke(),
    ids: systemIds,
    log: pino({ level: 'silent' }),
    sweepEveryMs,
  })
}

const readsOf = async ({ sellerId }: Account) =>
  (await stage.sim.journal({ sellerId, operation: 'searchListingsItems', limit: 1_000 })).entries.length

test('an edit in Seller Central is found by the sweep, told apart, shown, and sent over with one command', async () => {
  const uk = await givenInStep(['SW-1', 'SW-2'])
  await stage.sim.putListing({ sellerId: uk.sellerId, sku: 'SW-1', quantity: 25 })
  await addMissingSweeps(stage.db)
  await using sweeping = new AsyncDisposableStack()
  sweeping.use(startSweep(1))

  await eventually(async () => expect((await stage.why(uk, 'SW-1')).state).toBe('drift'), { withinMs: 30_000 })
  expect(await stage.why(uk, 'SW-1')).toMatchObject({ drift: { kind: 'outside_edit_up', live: 25, expected: 10 } })
  expect((await readSyncStatus(stage.db, uk.id)).drifts).toMatchObject({
    kinds: new Map([['outside_edit_up', 1]]),
    newest: [{ channelSku: 'SW-1', kind: 'outside_edit_up', live: 25 }],
  })
  // Never corrected by itself: 25 is what buyers see until a person says otherwise.
  expect((await stage.sim.listing(uk.sellerId, 'SW-1')).live.quantity).toBe(25)
  const writes = (await stage.writes(uk, 'SW-1')).length

  const again = { account: uk.id, channelSku: 'SW-1', actor: 'test' }
  await stage.db.transaction().execute((tx) => resendListing(tx, again))
  stage.poke()

  await eventually(async () => expect((await stage.sim.listing(uk.sellerId, 'SW-1')).live.quantity).toBe(10))
  await eventually(async () => expect((await stage.why(uk, 'SW-1')).state).toBe('in_step'), { withinMs: 30_000 })
  expect((await stage.writes(uk, 'SW-1')).length).toBe(writes + 1)
  expect((await stage.why(uk, 'SW-1')).drift).toBeNull()
})

test('[T-26] a write of somebody else that drops our lead time is told from an edit', async () => {
  const uk = await givenInStep(['SW-3'], 4)
  await stage.sim.putListing({ sellerId: uk.sellerId, sku: 'SW-3', quantity: 12, leadTimeDays: null })
  await addMissingSweeps(stage.db)
  await using sweeping = new AsyncDisposableStack()
  sweeping.use(startSweep(1))

  await eventually(
    async () => expect((await stage.why(uk, 'SW-3')).drift).toMatchObject({ kind: 'sibling_overwrite' }),
    {
      withinMs: 30_000,
    },
  )
})

test('a listing that was read today is not read again by the sweep, and a hint has it read at once, but not over and over', async () => {
  const uk = await givenInStep(['SW-4'])
  await addMissingSweeps(stage.db)
  await using sweeping = new AsyncDisposableStack()
  sweeping.use(startSweep(86_400_000))
  await eventually(async () => {
    const { rows } = await sql`
      select from listing_sweep where connection_id = ${uk.connectionId} and next_at > clock_timestamp() + interval '1 hour'`.execute(
      stage.db,
    )
    expect(rows).toHaveLength(1)
  })
  const before = await readsOf(uk)
  await stage.sim.putListing({ sellerId: uk.sellerId, sku: 'SW-4', quantity: 11 })

  const hint = { connectionId: uk.connectionId, channelSku: 'SW-4' }
  expect(await hintLiveChanged(stage, hint)).toBe(true)
  await eventually(async () => expect((await stage.why(uk, 'SW-4')).drift).toMatchObject({ live: 11 }))
  for (let times = 0; times < 5; times += 1) await hintLiveChanged(stage, hint)

  expect(await readsOf(uk)).toBe(before + 1)
  expect(await hintLiveChanged(stage, { ...hint, channelSku: 'nobody knows it' })).toBe(false)
})

test('[S002-11] Force Update waits behind every change, and re-submits what differs', async () => {
  const skus = Array.from({ length: 30 }, (_, place) => `FU-${place}`)
  const uk = await givenInStep(skus)
  await stage.stopPush()
  for (const sku of skus) await stage.sim.putListing({ sellerId: uk.sellerId, sku, quantity: 40 })
  await sql`update group_state set pacing = jsonb_set(pacing::jsonb, '{live,receivedAt}', '0')::text where connection_id = ${uk.connectionId}`.execute(
    stage.db,
  )
  const since = Date.now()
  const command = { account: uk.id, confirmed: true, actor: 'test' }
  const forced = await stage.db.transaction().execute((tx) => forceUpdate(tx, command))
  expect(forced.listings).toBe(30)
  expect(forced.durationSeconds).toBeCloseTo(30 / 4.995, 0)
  for (const sku of skus.slice(20)) await stage.announce(`itm_${sku}`, 4)

  stage.startPush()

  const sent = async () =>
    (await stage.writes(uk)).filter(({ at }) => Date.parse(at) >= since).map(({ sku }) => sku ?? '')
  await eventually(async () => expect(new Set(await sent()).size).toBe(30), { withinMs: 60_000 })
  const order = [...new Set(await sent())]
  const places = new Map(order.map((sku, place) => [sku, place]))
  const lastChanged = Math.max(...skus.slice(20).map((sku) => places.get(sku) ?? Infinity))
  // Each fifth turn is open to those that are not urgent, and a token that nobody else waits for just then is theirs; the rest waits.
  expect(skus.slice(0, 20).filter((sku) => (places.get(sku) ?? -1) < lastChanged).length).toBeLessThanOrEqual(6)
})
