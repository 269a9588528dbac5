import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { pino } from 'pino'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import { addMissingWatches } from '../store/sku-watches.ts'
import { startSkuWatchDue } from './sku-watch-due.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
  await stage.sim.changeSettings({ propagationMs: 100 })
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('a sale on Amazon is stated as a hold within seconds of the watch, without a poll, a notification or a write', async () => {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  await stage.givenListings([{ account, sku: 'WATCHED', live: 10 }])
  stage.startPush()
  await stage.announce('itm_WATCHED', 10)
  await eventually(async () => expect((await stage.why(account, 'WATCHED')).state).toBe('in_step'), {
    withinMs: 60_000,
  })
  const createdAt = new Date(Date.now() - 60_000)
  await stage.takeInOrder(account, { orderId: 'ord_WATCHED', sku: 'WATCHED', item: 'itm_WATCHED', units: 1, createdAt })
  await addMissingWatches(stage.db)
  await using watching = new AsyncDisposableStack()
  watching.use(
    startSkuWatchDue({
      db: stage.db,
      ids: systemIds,
      log: pino({ level: 'silent' }),
      callAmazon: (call) => stage.callAmazon(call),
      poke: () => stage.poke(),
      watchReadsPerMinute: 30,
    }),
  )

  const { liveAfter } = await stage.sim.placeOrder({
    sellerId: account.sellerId,
    marketplaceId: account.marketplaceId,
    lines: [{ sku: 'WATCHED', quantity: 3 }],
  })

  expect(liveAfter['WATCHED']).toBe(7)
  await eventually(
    async () => expect((await stage.why(account, 'WATCHED')).hold).toMatchObject({ units: 3, locationId: 'loc_1' }),
    { withinMs: 30_000 },
  )
  const { rows } = await sql<{ quantity: string }>`
    select payload ->> 'quantity' as quantity from outbox where payload -> 'hold' is not null`.execute(stage.db)
  expect(rows).toEqual([{ quantity: '3' }])
  expect(await stage.writes(account, 'WATCHED')).toEqual([])
})
