import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import type { Account } from '../store/accounts.ts'

const minuteMs = 60_000

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

/** An account of its own with one listing that Amazon shows with 1. */
async function givenListing(sku: string): Promise<Account> {
  const { UK } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!UK) throw new Error('no account')
  await stage.givenListings([{ account: UK, sku, live: 1 }])
  return UK
}

type WriteFate = Pick<Parameters<PushStage['sim']['addFault']>[0], 'action' | 'delayMs' | 'count'>

const writesMeet = (sku: string, fate: WriteFate) =>
  stage.sim.addFault({ match: { operation: 'patchListingsItem', sku }, ...fate })

const liveOf = async (account: Account, sku: string) => (await stage.sim.listing(account.sellerId, sku)).live.quantity

async function writesOf(account: Account, sku: string): Promise<unknown[]> {
  return (await stage.writes(account, sku)).map(({ body }) => {
    const { patches } = body as { patches: { value: { quantity: unknown }[] }[] }
    return patches[0]?.value[0]?.quantity
  })
}

const looksAt = async ({ sellerId }: Account): Promise<number> =>
  (await stage.sim.journal({ sellerId, operation: 'searchListingsItems', limit: 1_000 })).entries.length

async function untilAccepted(account: Account, sku: string, version: number): Promise<void> {
  await eventually(async () =>
    expect(await stage.why(account, sku)).toMatchObject({ state: 'accepted', chain: { accepted: { version } } }),
  )
}

/** The last write becomes older by this much, and what is due by then is done. */
async function pass(account: Account, ms: number): Promise<void> {
  const earlier = (path: string) => sql`to_jsonb((pacing::jsonb #>> ${path})::bigint - ${ms})`
  await eventually(async () => {
    const { numAffectedRows } = await sql`
      update group_state
         set next_at = clock_timestamp(),
             pacing = (pacing::jsonb || jsonb_build_object(
               'accepted', jsonb_set(pacing::jsonb -> 'accepted', '{since}', ${earlier('{accepted,since}')}),
               'verification', jsonb_set(pacing::jsonb -> 'verification', '{nextAt}', ${earlier('{verification,nextAt}')})
             ))::text
       where connection_id = ${account.connectionId} and claimed_by is null
         and pacing::jsonb #>> '{verification,nextAt}' is not null`.execute(stage.db)
    expect(numAffectedRows).toBe(1n)
  })
  stage.poke()
}

/** A look at the listing long after the write, the last one before the verdict. */
async function lastLook(account: Account): Promise<void> {
  const before = await looksAt(account)
  await pass(account, 31 * minuteMs)
  await eventually(async () => expect(await looksAt(account)).toBeGreaterThan(before))
}

test('[T-29] [T-31] a number that Amazon accepts and never shows is sent again once, then flagged and left alone', async () => {
  const uk = await givenListing('LOST')
  await writesMeet('LOST', { action: 'write-lost' })
  stage.startPush()
  await stage.announce('itm_LOST', 5)
  await untilAccepted(uk, 'LOST', 1)
  await lastLook(uk)
  expect(await stage.sim.listing(uk.sellerId, 'LOST')).toMatchObject({
    submitted: { quantity: 5 },
    live: { quantity: 1 },
  })

  await pass(uk, 5 * minuteMs)
  await untilAccepted(uk, 'LOST', 2)
  await lastLook(uk)
  await pass(uk, 5 * minuteMs)

  await eventually(async () => expect((await stage.why(uk, 'LOST')).state).toBe('unverified'))
  expect(await stage.why(uk, 'LOST')).toMatchObject({
    next: { action: 'none', reason: 'UNVERIFIED' },
    chain: { accepted: { quantity: 5, version: 2 }, seen: null },
  })
  expect(await writesOf(uk, 'LOST')).toEqual([5, 5])

  await stage.sim.clearFaults()
  await stage.announce('itm_LOST', 6)
  await eventually(async () => expect(await liveOf(uk, 'LOST')).toBe(6))
  expect(await writesOf(uk, 'LOST')).toEqual([5, 5, 6])
}, 60_000)

test('[T-31] a number that was lost once shows after it was sent again', async () => {
  const uk = await givenListing('ONCE')
  await writesMeet('ONCE', { action: 'write-lost', count: 1 })
  stage.startPush()
  await stage.announce('itm_ONCE', 5)
  await untilAccepted(uk, 'ONCE', 1)
  await lastLook(uk)

  await pass(uk, 5 * minuteMs)
  await untilAccepted(uk, 'ONCE', 2)
  await eventually(async () => expect(await liveOf(uk, 'ONCE')).toBe(5))
  await pass(uk, minuteMs)

  await eventually(async () => expect((await stage.why(uk, 'ONCE')).state).toBe('in_step'))
  expect((await stage.why(uk, 'ONCE')).chain.seen).toMatchObject({ quantity: 5, version: 2 })
  expect(await writesOf(uk, 'ONCE')).toEqual([5, 5])
}, 60_000)

test('[T-29] a number that takes effect late is seen by a later look and not sent again', async () => {
  const uk = await givenListing('LATE')
  await writesMeet('LATE', { action: 'write-late', delayMs: 8_000, count: 1 })
  stage.startPush()
  await stage.announce('itm_LATE', 5)
  await untilAccepted(uk, 'LATE', 1)
  const before = await looksAt(uk)
  await pass(uk, 10_000)
  await eventually(async () => expect(await looksAt(uk)).toBeGreaterThan(before))
  await untilAccepted(uk, 'LATE', 1)

  await eventually(async () => expect(await liveOf(uk, 'LATE')).toBe(5), { withinMs: 45_000 })
  await pass(uk, minuteMs)

  await eventually(async () => expect((await stage.why(uk, 'LATE')).state).toBe('in_step'))
  expect((await stage.why(uk, 'LATE')).chain.seen).toMatchObject({ quantity: 5, version: 1 })
  expect(await writesOf(uk, 'LATE')).toEqual([5])
}, 60_000)
