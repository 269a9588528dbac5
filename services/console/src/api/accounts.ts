import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

import { readInput } from '../http/input.ts'
import { listAccounts } from '../queries/list-accounts.ts'
import type { ApiDeps } from './deps.ts'
import { pageToken } from './parameters.ts'

const Query = z.strictObject({ page: pageToken })

/** GET /api/accounts */
export function addAccountRoutes(app: FastifyInstance, { peers, asker }: ApiDeps): void {
  app.get('/api/accounts', async (request, reply) => {
    const { page } = readInput(Query, request.query)
    return listAccounts(peers, page, asker(reply))
  })
}
