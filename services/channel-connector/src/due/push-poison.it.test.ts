import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { pushStage, type PushStage } from '../../test/push-stage.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
  await stage.sim.changeSettings({ propagationMs: 100 })
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('[T-35] one group that cannot be worked on never blocks its batch', async () => {
  const { UK: uk } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!uk) throw new Error('no account')
  const skus = ['POISON', 'GOOD-1', 'GOOD-2', 'GOOD-3']
  await stage.givenListings(skus.map((sku) => ({ account: uk, sku, live: 1 })))
  for (const sku of skus) await stage.announce(`itm_${sku}`, 5)
  await sql`update group_state set pacing = '{"torn":', recompute_at = clock_timestamp(), recompute_cause = '{"kind":"force_update"}'
             where channel_sku = 'POISON'`.execute(stage.db)
  await sql`update group_state set recompute_at = clock_timestamp(), recompute_cause = '{"kind":"force_update"}'`.execute(
    stage.db,
  )
  stage.startPush()

  await eventually(async () => {
    for (const sku of skus.slice(1)) expect((await stage.sim.listing(uk.sellerId, sku)).live.quantity).toBe(5)
  })

  expect((await stage.sim.listing(uk.sellerId, 'POISON')).live.quantity).toBe(1)
  const poison = await stage.db
    .selectFrom('group_state')
    .select('attempts')
    .where('channel_sku', '=', 'POISON')
    .executeTakeFirstOrThrow()
  expect(poison.attempts).toBeGreaterThan(0)
})
