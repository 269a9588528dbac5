import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

import { idempotencyKeyOf } from '../http/idempotency-key.ts'
import { readInput } from '../http/input.ts'
import { command } from '../peers/ask.ts'
import { explainListing } from '../queries/explain-listing.ts'
import { listListings } from '../queries/list-listings.ts'
import type { ResentAnswer } from '../wire/explanation.ts'
import type { ApiDeps } from './deps.ts'
import { name, pageToken, search } from './parameters.ts'

const Path = z.object({ account: name })
const Query = z.strictObject({ filter: z.enum(['all', 'linked', 'unlinked']).default('all'), search, page: pageToken })
const Nothing = z.strictObject({})
const WhyPath = z.object({ account: name, sku: z.string().min(1).max(200) })

/** GET /api/accounts/:account/listings and …/listings/:sku/why, and POST …/:sku/resend, where the SKU is encoded once. */
export function addListingRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get('/api/accounts/:account/listings', async (request, reply) => {
    const { account } = readInput(Path, request.params)
    const { page, ...wanted } = readInput(Query, request.query)
    return listListings(deps, { account, ...wanted, pageToken: page }, deps.asker(reply))
  })
  app.get('/api/accounts/:account/listings/:sku/why', async (request, reply) => {
    const { account, sku } = readInput(WhyPath, request.params)
    return explainListing(deps, { account, channelSku: sku }, deps.asker(reply))
  })
  app.post('/api/accounts/:account/listings/:sku/resend', async (request): Promise<ResentAnswer> => {
    const { account, sku } = readInput(WhyPath, request.params)
    readInput(Nothing, request.body)
    const { channelSku } = await command(
      deps.peers.live,
      'resendListing',
      { account, channelSku: sku, idempotencyKey: idempotencyKeyOf(request) },
      { actor: deps.surroundings.actor },
    )
    return { channelSku }
  })
}
