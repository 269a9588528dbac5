import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import type { Account } from '../store/accounts.ts'
import { askForLook } from '../store/group-looks.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
  await stage.sim.changeSettings({ propagationMs: 100 })
})
afterEach(() => stage.stopPush())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

async function inStepAtTen(sku: string): Promise<Account> {
  const { UK } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!UK) throw new Error('no account')
  await stage.givenListings([{ account: UK, sku, live: 10 }])
  stage.startPush()
  await stage.announce(`itm_${sku}`, 10)
  await eventually(async () => expect((await stage.why(UK, sku)).state).toBe('in_step'), { withinMs: 30_000 })
  return UK
}

/** The last read was long ago. */
const ageReads = (account: Account) =>
  sql`update group_state set live_read_at = now() - interval '1 hour' where connection_id = ${account.connectionId}`.execute(
    stage.db,
  )

test('[R12] a hint of a changed quantity is a read of that SKU, and never a write', async () => {
  const uk = await inStepAtTen('H-1')
  await ageReads(uk)
  await stage.sim.putListing({ sellerId: uk.sellerId, sku: 'H-1', quantity: 25 })

  const asked = await askForLook(stage.db, { connectionId: uk.connectionId, channelSku: 'H-1' })
  stage.poke()

  expect(asked).toEqual({ kind: 'asked' })
  await eventually(async () => {
    const { rows } = await sql`
      select live_quantity, look_at from group_state where connection_id = ${uk.connectionId}`.execute(stage.db)
    expect(rows).toEqual([{ live_quantity: 25, look_at: null }])
  })
  expect(await stage.writes(uk, 'H-1')).toEqual([])
})

test('a SKU that was read a moment ago is read again only when that is past; an unknown one never', async () => {
  const uk = await inStepAtTen('H-2')
  await sql`update group_state set live_read_at = now() - interval '4 seconds' where connection_id = ${uk.connectionId}`.execute(
    stage.db,
  )

  const asked = await askForLook(stage.db, { connectionId: uk.connectionId, channelSku: 'H-2' })

  expect(asked).toMatchObject({ kind: 'too_soon' })
  expect(asked.kind === 'too_soon' && asked.afterMs).toBeGreaterThan(4_000)
  expect(await askForLook(stage.db, { connectionId: uk.connectionId, channelSku: 'h-2' })).toEqual({ kind: 'unknown' })
})
