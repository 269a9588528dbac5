import type { FastifyInstance } from 'fastify'

import { HttpRefusal } from '../http/refusal-answer.ts'
import type { ApiDeps } from './deps.ts'

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
}

/** GET /api/events: who changed, as server-sent events (`hints`), and whether changes are heard of at all (`status`). */
export function addEventRoutes(app: FastifyInstance, { hub }: Pick<ApiDeps, 'hub'>): void {
  app.get('/api/events', (request, reply) => {
    if (!hub.hasRoom) throw tooMany
    reply.hijack()
    reply.raw.writeHead(200, headers)
    request.raw.socket.setNoDelay(true)
    // How long a page waits before it comes back.
    reply.raw.write('retry: 1000\n\n')
    hub.admit(reply.raw)
  })
}

const tooMany = new HttpRefusal(503, {
  code: 'TOO_MANY_PAGES',
  message: 'too many pages listen for changes already',
  next_step: 'close pages that are no longer looked at; this one still reads everything every half minute',
})
