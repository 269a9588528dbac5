import { expect, test } from '@jest/globals'

import { aCommand, announced, anOrder, openStage } from '../../test/despatch-stage.ts'
import { findDespatch } from '../store/despatches.ts'
import { confirmByOrder } from './confirm-by-order.ts'
import { processOrder } from './process-order.ts'
import { tellAmazon } from './tell-amazon.ts'

const MINUTE_MS = 60_000
type Stage = Awaited<ReturnType<typeof openStage>>

async function processed(stage: Stage): Promise<string> {
  const result = await processOrder(stage.processDeps, aCommand())
  if (result.kind === 'refused') throw new Error(result.refusal.message)
  return result.despatch.id
}

const tell = (stage: Stage, id: string): Promise<void> => tellAmazon(stage.tellDeps, id, new AbortController().signal)
const stateOf = async (stage: Stage, id: string) => (await findDespatch(stage.db, id))?.state

test('[S004-17] [S004-18] a parcel is submitted, then confirmed when Amazon shows it', async () => {
  await using stage = await openStage()
  const id = await processed(stage)

  await tell(stage, id)
  expect(await findDespatch(stage.db, id)).toMatchObject({ state: 'submitted', attempts: 1, sendingSince: undefined })
  await tell(stage, id)

  expect(await findDespatch(stage.db, id)).toMatchObject({ state: 'confirmed', attempts: 1, nextAttemptAt: undefined })
  expect((await announced(stage.db)).slice(1)).toEqual([
    'submitted: Order Despatch Submitted',
    'confirmed: Order Successfully Despatched',
  ])
})

test('[R04] [T-22] an outcome that is unknown is asked about, and a parcel that Amazon took is not sent again', async () => {
  await using stage = await openStage()
  const id = await processed(stage)
  stage.desk.answers.push({ outcome: { kind: 'unknown', detail: 'no answer' }, take: true })

  await tell(stage, id)
  expect(await findDespatch(stage.db, id)).toMatchObject({ state: 'planned', error: 'no answer' })
  await tell(stage, id)

  expect(await stateOf(stage, id)).toBe('confirmed')
  expect(stage.desk.calls).toBe(1)
})

test('[R04] an outcome that is unknown is sent again only when Amazon shows nothing', async () => {
  await using stage = await openStage()
  const id = await processed(stage)
  stage.desk.answers.push({ outcome: { kind: 'unknown', detail: 'no answer' }, take: false })

  await tell(stage, id)
  await tell(stage, id)

  expect(await stateOf(stage, id)).toBe('submitted')
  expect(stage.desk.calls).toBe(2)
  expect([...stage.desk.taken.keys()]).toEqual(['1'])
})

test('[R04] a worker that was killed in the middle of a call leaves a despatch that is asked about first', async () => {
  await using stage = await openStage()
  const id = await processed(stage)
  await stage.db
    .updateTable('despatch')
    .set({ sending_since: stage.clock.now(), attempts: 1 })
    .where('id', '=', id)
    .execute()
  const despatch = await findDespatch(stage.db, id)
  if (despatch) stage.desk.taken.set('1', despatch)

  await tell(stage, id)

  expect(await stateOf(stage, id)).toBe('confirmed')
  expect(stage.desk.calls).toBe(0)
})

test('[S004-19] a refused despatch is sent again for 24 hours, then no more', async () => {
  await using stage = await openStage()
  const id = await processed(stage)
  const waits: number[] = []
  for (;;) {
    stage.desk.answers.push({
      outcome: { kind: 'refused', detail: 'Amazon answered 400', alreadyShipped: false },
      take: false,
    })
    await tell(stage, id)
    const next = (await findDespatch(stage.db, id))?.nextAttemptAt
    if (!next) break
    waits.push(Math.round((next.getTime() - stage.clock.now().getTime()) / MINUTE_MS))
    stage.clock.set(next)
  }

  expect(waits.slice(0, 6)).toEqual([1, 5, 15, 30, 60, 60])
  expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(24 * 60)
  expect(await findDespatch(stage.db, id)).toMatchObject({ state: 'failed', error: 'Amazon answered 400' })
  expect((await announced(stage.db)).at(-1)).toBe('failed: Order Despatch Failed')
})

test('a despatch that waits for a token is not counted as failed', async () => {
  await using stage = await openStage()
  const id = await processed(stage)
  const retryAt = new Date(stage.clock.now().getTime() + 500)
  stage.desk.answers.push({ outcome: { kind: 'not_done', detail: 'no token', retryAt, counts: false }, take: false })

  await tell(stage, id)

  expect(await findDespatch(stage.db, id)).toMatchObject({
    state: 'planned',
    failures: 0,
    nextAttemptAt: retryAt,
    sendingSince: undefined,
  })
})

test('[T-15] an order that was cancelled meanwhile is held, and Amazon is not told', async () => {
  await using stage = await openStage()
  const id = await processed(stage)
  stage.clock.advance(3 * MINUTE_MS)
  stage.desk.status = 'CANCELLED'

  await tell(stage, id)

  expect(await findDespatch(stage.db, id)).toMatchObject({ state: 'held', nextAttemptAt: undefined })
  expect(stage.desk.calls).toBe(0)
  expect((await announced(stage.db)).at(-1)).toBe('failed: Order Despatch Held')
})

test('[S004-20] an account that was disabled in between rejects the despatch', async () => {
  await using stage = await openStage()
  const id = await processed(stage)
  stage.account.now = { enabled: false, despatchNotes: true }

  await tell(stage, id)

  expect(await stateOf(stage, id)).toBe('rejected')
  expect(stage.desk.calls).toBe(0)
})

test('a poll that shows the parcel confirms it, and a repeat of the poll changes nothing', async () => {
  await using stage = await openStage()
  const id = await processed(stage)
  await tell(stage, id)
  const polled = { orderId: anOrder().orderId, fulfilled: stage.desk.fulfilled() }

  await confirmByOrder(stage.processDeps, polled)
  await confirmByOrder(stage.processDeps, polled)
  await tell(stage, id)

  expect(await stateOf(stage, id)).toBe('confirmed')
  expect((await announced(stage.db)).filter((line) => line.startsWith('confirmed'))).toHaveLength(1)
})

test('what was sent and what came back stays as it was written', async () => {
  await using stage = await openStage()
  await tell(stage, await processed(stage))

  const attempts = await stage.db.selectFrom('despatch_attempt').select(['number', 'outcome']).orderBy('at').execute()
  expect(attempts).toEqual([
    { number: 1, outcome: 'sending' },
    { number: 1, outcome: 'accepted' },
  ])
  await expect(stage.db.deleteFrom('despatch_attempt').execute()).rejects.toThrow('append-only')
})
