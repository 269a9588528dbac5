import { expect, test } from '@jest/globals'
import { IdempotencyConflictError } from '@lockstep/postgres/idempotency'

import { aCommand, announced, anOrder, openStage } from '../../test/despatch-stage.ts'
import { processOrder } from './process-order.ts'

test('[S003-18] an order is processed once, however often the command comes', async () => {
  await using stage = await openStage()

  const first = await processOrder(stage.processDeps, aCommand())
  const again = await processOrder(stage.processDeps, aCommand())

  expect(first).toMatchObject({
    kind: 'processed',
    despatch: { state: 'planned', parcel: 1, lines: [{ quantity: 3 }] },
  })
  expect(again).toEqual(first)
  expect(await announced(stage.db)).toEqual(['processed: Parcel Despatched'])
})

test('[R09] the same key for another order is refused', async () => {
  await using stage = await openStage()
  await processOrder(stage.processDeps, aCommand())

  await expect(processOrder(stage.processDeps, aCommand({ request: Buffer.from('request-2') }))).rejects.toThrow(
    IdempotencyConflictError,
  )
})

test('[R04] a second command finds nothing open', async () => {
  await using stage = await openStage()
  await processOrder(stage.processDeps, aCommand())

  const second = await processOrder(stage.processDeps, aCommand({ idempotencyKey: 'key-2' }))

  expect(second).toMatchObject({ kind: 'refused', refusal: { reason: 'NOTHING_OPEN' } })
})

test('[R04] twenty commands at once despatch each unit once', async () => {
  await using stage = await openStage()
  const lines = [{ orderLineId: 'oln_1', quantity: 1 }]
  const commands = Array.from({ length: 20 }, (_none, index) =>
    aCommand({ idempotencyKey: `key-${String(index)}`, lines }),
  )

  const results = await Promise.all(commands.map((command) => processOrder(stage.processDeps, command)))

  const processed = results.flatMap((result) => (result.kind === 'processed' ? [result.despatch.parcel] : []))
  expect(processed.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
  expect(results.filter((result) => result.kind === 'refused')).toHaveLength(17)
})

test.each([
  ['FULFILLED_BY_AMAZON', 'Amazon ships this order itself'],
  ['AWAITING_PAYMENT', 'Amazon says PENDING'],
  ['CANCELLED', 'cancelled on Amazon'],
  ['BUYER_CANCEL_REQUESTED', 'the buyer asks to cancel'],
] as const)('[T-24] an order that may not be despatched (%s) leaves no trace', async (reason, detail) => {
  await using stage = await openStage()
  stage.order.now = anOrder({ refusal: { reason, detail } })

  const result = await processOrder(stage.processDeps, aCommand())

  expect(result).toMatchObject({ kind: 'refused', refusal: { reason, field: 'order', value: 'ord_1' } })
  expect(await announced(stage.db)).toEqual([])
  expect(await stage.db.selectFrom('despatch').select('id').execute()).toEqual([])
})

test('[S004-20] an order of a disabled account still leaves, and Amazon is never told', async () => {
  await using stage = await openStage()
  stage.account.now = { enabled: false, despatchNotes: true }

  const result = await processOrder(stage.processDeps, aCommand())

  expect(result).toMatchObject({ kind: 'processed', despatch: { state: 'rejected', nextAttemptAt: undefined } })
  expect(await announced(stage.db)).toEqual(['processed: Parcel Despatched', 'rejected: Despatch Rejected'])
})

test('[S004-16] with despatch notes off nothing is sent', async () => {
  await using stage = await openStage()
  stage.account.now = { enabled: true, despatchNotes: false }

  const result = await processOrder(stage.processDeps, aCommand())

  expect(result).toMatchObject({ kind: 'processed', despatch: { state: 'not_required', nextAttemptAt: undefined } })
  expect(await announced(stage.db)).toEqual(['processed: Parcel Despatched', 'processed: No Despatch required'])
})

test('[T-24] the database itself refuses a despatch of an order that Amazon ships', async () => {
  await using stage = await openStage()
  await processOrder(stage.processDeps, aCommand())

  const byAmazon = stage.db
    .updateTable('despatch')
    .set({ fulfilled_by: 'AMAZON' as 'MERCHANT' })
    .execute()

  await expect(byAmazon).rejects.toThrow('only_orders_we_ship')
})
