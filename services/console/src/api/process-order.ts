import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

import { despatchAnswer } from '../answers/order-answer.ts'
import { idempotencyKeyOf } from '../http/idempotency-key.ts'
import { readInput } from '../http/input.ts'
import { countProcess } from '../metrics.ts'
import { command } from '../peers/ask.ts'
import type { DespatchAnswer, ProcessOrderForm } from '../wire/order.ts'
import type { ApiDeps } from './deps.ts'
import { name } from './parameters.ts'

const Path = z.object({ order: name })
const MOST_UNITS = 1_000_000_000
/** What is missing or too long is for despatch to refuse: it knows the words, and every caller gets the same ones. */
const text = z.string().max(1_000).default('')
const Body: z.ZodType<ProcessOrderForm> = z.strictObject({
  carrier: text,
  carrierName: text,
  service: text,
  tracking: text,
  lines: z
    .array(z.strictObject({ orderLineId: name, quantity: z.int().min(1).max(MOST_UNITS) }))
    .max(1_000)
    .default([]),
})

/** POST /api/orders/:order/process, with the form's own Idempotency-Key. */
export function addProcessRoutes(app: FastifyInstance, { peers, surroundings }: ApiDeps): void {
  app.post('/api/orders/:order/process', async (request): Promise<{ despatch: DespatchAnswer }> => {
    const { order } = readInput(Path, request.params)
    const form = readInput(Body, request.body)
    const lines = form.lines.map(({ orderLineId, quantity }) => ({ orderLineId, quantity: BigInt(quantity) }))
    const { despatch } = await command(
      peers.despatches,
      'processOrder',
      { ...form, lines, order, idempotencyKey: idempotencyKeyOf(request) },
      // A form that was sent is processed, whether or not its page is still there.
      { actor: surroundings.actor },
    )
    if (!despatch) throw new TypeError('despatch has answered without a despatch')
    countProcess()
    return { despatch: despatchAnswer(despatch) }
  })
}
