import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { handleSqs, type SqsAnswer } from '../core/queue/sqs.ts'
import { settle } from '../core/settle.ts'
import { run, type Engine } from './engine.ts'

/** How often a long poll looks: the clock may be virtual, so nothing can tell it when to wake. */
const lookEveryMs = 50

/** An SQS-compatible endpoint under /_sqs for the notifications. Signatures are not checked, nothing is journalled. */
export function openQueueDoor(app: FastifyInstance, engine: Engine): void {
  for (const path of ['/_sqs', '/_sqs/', '/_sqs/:account/:queue', '/_sqs/:account/:queue/'])
    app.post(path, (request, reply) => answer(engine, request, reply))
}

async function answer(engine: Engine, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const call = {
    action: String(request.headers['x-amz-target'] ?? '').replace(/^AmazonSQS\./, ''),
    body: parse(request.body),
    origin: `http://${request.headers.host ?? '127.0.0.1'}`,
  }
  const look = (): SqsAnswer =>
    run(engine, (world, now) => {
      settle(world, now)
      return handleSqs(world, { ...call, now })
    })
  let found = look()
  const until = performance.now() + found.waitMs
  while (found.waitMs > 0 && performance.now() < until) {
    await sleep(Math.min(lookEveryMs, until - performance.now()), undefined, { ref: false })
    // A caller that has gone must not receive: the message would be hidden for nothing.
    if (request.raw.socket.destroyed) return reply.hijack()
    found = look()
  }
  const { status, headers, body } = found
  return reply
    .code(status)
    .headers({ 'x-amzn-requestid': engine.world.ids.signature(`sqs-${engine.now()}`), ...headers })
    .type('application/x-amz-json-1.0')
    .send(JSON.stringify(body))
}

function parse(body: unknown): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : '') as unknown
  } catch {
    return undefined
  }
}
