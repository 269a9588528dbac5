import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

import { readInput } from '../http/input.ts'
import { explainListing } from '../queries/explain-listing.ts'
import { listListings } from '../queries/list-listings.ts'
import type { ApiDeps } from './deps.ts'
import { name, pageToken, search } from './parameters.ts'

const Path = z.object({ account: name })
const Query = z.strictObject({ filter: z.enum(['all', 'linked', 'unlinked']).default('all'), search, page: pageToken })
const WhyPath = z.object({ account: name, sku: z.string().min(1).max(200) })

/** GET /api/accounts/:account/listings and …/listings/:sku/why, where the SKU is encoded once. */
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
}
