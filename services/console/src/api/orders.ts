import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

import { readInput } from '../http/input.ts'
import { listOrders, readAudit, readOrder } from '../queries/read-orders.ts'
import type { ApiDeps } from './deps.ts'
import { name, pageToken, search } from './parameters.ts'

const Path = z.object({ order: name })
const AuditQuery = z.strictObject({ page: pageToken })
const Query = z.strictObject({
  account: z.string().max(200).default(''),
  state: z.enum(['all', 'parked', 'open', 'processed', 'cancelled']).default('all'),
  folder: z.enum(['', 'FBM', 'FBA']).default(''),
  search,
  page: pageToken,
})

/** GET /api/orders, /api/orders/:order and /api/orders/:order/audit; an order goes by our id or Amazon's. */
export function addOrderRoutes(app: FastifyInstance, { peers, asker }: ApiDeps): void {
  app.get('/api/orders', async (request, reply) => {
    const { page, ...wanted } = readInput(Query, request.query)
    return listOrders(peers, { ...wanted, pageToken: page }, asker(reply))
  })
  app.get('/api/orders/:order', async (request, reply) => {
    const { order } = readInput(Path, request.params)
    return readOrder(peers, order, asker(reply))
  })
  app.get('/api/orders/:order/audit', async (request, reply) => {
    const { order } = readInput(Path, request.params)
    const { page } = readInput(AuditQuery, request.query)
    return readAudit(peers, { order, pageToken: page }, asker(reply))
  })
}
