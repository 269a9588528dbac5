import { expect, test } from '@jest/globals'

import { aCommand, announced, openStage } from '../../test/despatch-stage.ts'
import { findDespatch } from '../store/despatches.ts'
import { processOrder } from './process-order.ts'
import { sendAgain, type SendAgain } from './send-again.ts'
import { tellAmazon } from './tell-amazon.ts'

type Stage = Awaited<ReturnType<typeof openStage>>

async function processed(stage: Stage): Promise<string> {
  const result = await processOrder(stage.processDeps, aCommand())
  if (result.kind === 'refused') throw new Error(result.refusal.message)
  return result.despatch.id
}

const tell = (stage: Stage, id: string): Promise<void> => tellAmazon(stage.tellDeps, id, new AbortController().signal)
const again = (stage: Stage, more: Partial<SendAgain> = {}) =>
  sendAgain(stage.processDeps, {
    idempotencyKey: 'again-1',
    request: Buffer.from('again-1'),
    actor: 'manager',
    order: '202-1234567-1234567',
    parcel: '',
    ...more,
  })

/** A despatch that is held because the buyer asks to cancel. */
async function held(stage: Stage): Promise<string> {
  const id = await processed(stage)
  stage.clock.advance(3 * 60_000)
  stage.desk.buyerAsksToCancel = true
  await tell(stage, id)
  return id
}

test('[S004-17] [R04] a despatch that was held for the buyer’s request is sent after all, once, however often that is asked for', async () => {
  await using stage = await openStage()
  const id = await held(stage)
  expect(await findDespatch(stage.db, id)).toMatchObject({ state: 'held' })

  expect(await again(stage)).toMatchObject({ kind: 'in_line', despatch: { id, state: 'planned' } })
  await tell(stage, id)
  expect(await again(stage)).toMatchObject({ kind: 'in_line', despatch: { id, state: 'submitted' } })
  const other = await again(stage, { idempotencyKey: 'again-2' })
  await tell(stage, id)

  expect(other).toMatchObject({ kind: 'refused', refusal: { reason: 'NOTHING_STOPPED' } })
  expect(stage.desk.calls).toBe(1)
  expect((await announced(stage.db)).slice(1)).toEqual([
    'failed: Order Despatch Held',
    'processed: Order Despatch Released',
    'submitted: Order Despatch Submitted',
    'confirmed: Order Successfully Despatched',
  ])
})

test('[T-15] an order that was cancelled on Amazon is held again, whoever releases it', async () => {
  await using stage = await openStage()
  const id = await held(stage)
  stage.desk.status = 'CANCELLED'

  await again(stage)
  await tell(stage, id)

  expect(await findDespatch(stage.db, id)).toMatchObject({ state: 'held' })
  expect(stage.desk.calls).toBe(0)
})

test('[S004-20] a rejected despatch is sent once the account is enabled, and not before', async () => {
  await using stage = await openStage()
  stage.account.now = { enabled: false, despatchNotes: true }
  const id = await processed(stage)

  expect(await again(stage)).toMatchObject({ kind: 'refused', refusal: { reason: 'ACCOUNT_DISABLED' } })
  stage.account.now = { enabled: true, despatchNotes: true }
  expect(await again(stage)).toMatchObject({ kind: 'in_line' })
  await tell(stage, id)

  expect(await findDespatch(stage.db, id)).toMatchObject({ state: 'submitted', attempts: 1 })
})

test('[R04] a rejected despatch whose last call may have reached Amazon is asked about first', async () => {
  await using stage = await openStage()
  const id = await processed(stage)
  stage.desk.answers.push({ outcome: { kind: 'unknown', detail: 'no answer' }, take: true })
  await tell(stage, id)
  stage.account.now = { enabled: false, despatchNotes: true }
  await tell(stage, id)
  stage.account.now = { enabled: true, despatchNotes: true }

  await again(stage)
  await tell(stage, id)

  expect(await findDespatch(stage.db, id)).toMatchObject({ state: 'confirmed' })
  expect(stage.desk.calls).toBe(1)
})

test('an order that never left is refused, and of several stopped parcels one is named', async () => {
  await using stage = await openStage()
  stage.account.now = { enabled: false, despatchNotes: true }
  const lines = [{ orderLineId: 'oln_1', quantity: 1 }]
  for (const key of ['one', 'two']) {
    await processOrder(stage.processDeps, aCommand({ idempotencyKey: key, request: Buffer.from(key), lines }))
  }
  stage.account.now = { enabled: true, despatchNotes: true }

  const unknown = await again(stage, { order: 'ord_9' })
  const several = await again(stage)
  const second = await again(stage, { parcel: '2' })

  expect(unknown).toMatchObject({ refusal: { reason: 'NOTHING_STOPPED', value: 'ord_9' } })
  expect(several).toMatchObject({ refusal: { reason: 'AMBIGUOUS', field: 'parcel', candidates: ['1', '2'] } })
  expect(second).toMatchObject({ kind: 'in_line', despatch: { parcel: 2 } })
})
