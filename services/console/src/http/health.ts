import type { FastifyInstance } from 'fastify'

import type { Page } from './page.ts'

/** /healthz: the process answers. /readyz: there is a page to serve. Neither follows a peer: the console says itself what it cannot reach. */
export function addHealthRoutes(app: FastifyInstance, page: Page): void {
  app.get('/healthz', () => ({ status: 'ok' }))
  app.get('/readyz', (_request, reply) => {
    if (page.isBuilt()) return { status: 'ready' }
    return reply.code(503).send({ status: 'the page has not been built: pnpm --filter @lockstep/console build' })
  })
}
