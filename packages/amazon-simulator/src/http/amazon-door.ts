import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { handleRequest } from '../core/gateway.ts'
import type { ApiRequest, ApiResponse } from '../core/messages.ts'
import { run, type Engine } from './engine.ts'

/** The name the server gives itself on every answer, so that nobody takes it for Amazon. */
export const serverName = 'lockstep-amazon-simulator'

/** Every path that is no page and no control call is Amazon's, unknown ones included. */
export function openAmazonDoor(app: FastifyInstance, engine: Engine): void {
  app.setNotFoundHandler((request, reply) => answer(engine, request, reply))
}

/** Answers one request as Amazon. Also takes requests whose path Fastify could not read. */
export async function answer(engine: Engine, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const startedAt = performance.now()
  const delivery = run(engine, (world, now) => {
    const handled = handleRequest(world, apiRequest(request), now)
    handled.entry.ms = Math.round((performance.now() - startedAt) * 100) / 100
    return handled.delivery
  })
  reply.header('server', serverName)
  reply.header('date', new Date(engine.now()).toUTCString())
  if (delivery.kind === 'answer') {
    if (delivery.delayMs > 0) await sleep(delivery.delayMs, undefined, { ref: false })
    send(reply, delivery.response)
    return
  }
  reply.hijack()
  if (delivery.kind === 'cut') request.raw.socket.destroy()
}

function apiRequest(request: FastifyRequest): ApiRequest {
  const { headers } = request.raw
  const single = Object.entries(headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value] as const,
  )
  return {
    method: request.method,
    target: request.raw.url ?? '/',
    headers: Object.fromEntries(single),
    body: Buffer.isBuffer(request.body) ? request.body : new Uint8Array(),
    origin: `http://${headers.host ?? '127.0.0.1'}`,
  }
}

function send(reply: FastifyReply, response: ApiResponse): void {
  const { status, headers, body } = response
  reply.code(status).headers(headers)
  if (body === undefined) reply.send()
  else reply.send(typeof body === 'string' ? body : Buffer.from(body))
}
