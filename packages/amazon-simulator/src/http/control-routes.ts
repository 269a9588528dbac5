import type { FastifyInstance } from 'fastify'
import { listBuckets } from '../core/buckets.ts'
import { applicationView, changeApplication } from '../core/control/application.ts'
import { addFault, listFaults, removeFault } from '../core/control/faults.ts'
import { putFbaInventory } from '../core/control/fba.ts'
import { changeOutbound, listOutbound } from '../core/control/outbound.ts'
import { Input } from '../core/control/input.ts'
import { readFeeds, resumeFeed } from '../core/control/feeds.ts'
import { putListing, readListings } from '../core/control/listings.ts'
import { changeOrder, getOrder, orderActions, orderDetail, postOrder } from '../core/control/orders.ts'
import { listQueues } from '../core/control/queues.ts'
import { changeRoles, findSeller, putSeller, sellerView } from '../core/control/sellers.ts'
import { changeSettings, settingsView } from '../core/control/settings.ts'
import { stateView } from '../core/control/state.ts'
import { ControlRefusalError } from '../core/refusals.ts'
import { parseIso } from '../core/times.ts'
import { run, type Engine } from './engine.ts'

const mostEntries = 10_000

/** The control API under /_sim: what tests and demonstrations do behind Amazon's back. None of it is journalled. */
export function addControlRoutes(app: FastifyInstance, engine: Engine): void {
  addSellerRoutes(app, engine)
  addListingRoutes(app, engine)
  addOrderRoutes(app, engine)
  addFeedRoutes(app, engine)
  addFaultRoutes(app, engine)
  addOverviewRoutes(app, engine)
  app.all('/_sim/*', (request) => {
    const message = `${request.method} ${request.url} is no control call: the package's README lists them`
    throw new ControlRefusalError(404, { code: 'UNKNOWN_CALL', message })
  })
}

type QueryOf<Names extends string> = { Querystring: Partial<Record<Names, string>> }

function addSellerRoutes(app: FastifyInstance, engine: Engine): void {
  app.post('/_sim/sellers', (request, reply) => {
    const seller = run(engine, (world) => putSeller(world, json(request.body)))
    return reply.code(201).send(seller)
  })
  app.get('/_sim/sellers', () => ({ sellers: [...engine.world.sellers.all()].map(sellerView) }))
  app.get('/_sim/application', () => applicationView(engine.world))
  app.post('/_sim/application', (request) =>
    run(engine, (world, now) => changeApplication(world, json(request.body), now)),
  )
  app.post('/_sim/roles', (request) => run(engine, (world) => changeRoles(world, json(request.body))))
  app.get<QueryOf<'sellerId' | 'region'>>('/_sim/buckets', ({ query }) =>
    run(engine, (world, now) => {
      const seller = findSeller(world, { sellerId: required(query.sellerId, 'sellerId'), region: query.region })
      return { buckets: listBuckets(world, seller, now) }
    }),
  )
}

function addListingRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<QueryOf<'sellerId' | 'sku'>>('/_sim/listings', ({ query }) =>
    run(engine, (world, now) => ({ listings: readListings(world, { ...query, now }) })),
  )
  app.put('/_sim/fba-inventory', (request) =>
    run(engine, (world, now) => putFbaInventory(world, json(request.body), now)),
  )
  app.get<QueryOf<'sellerId' | 'region'>>('/_sim/outbound-orders', ({ query }) =>
    run(engine, (world, now) => {
      const which = { sellerId: required(query.sellerId, 'sellerId'), region: query.region }
      return { orders: listOutbound(world, which, now) }
    }),
  )
  app.post('/_sim/outbound-orders', (request) =>
    run(engine, (world, now) => changeOutbound(world, json(request.body), now)),
  )
  app.put('/_sim/listings', (request) => run(engine, (world, now) => putListing(world, json(request.body), now)))
}

function addOrderRoutes(app: FastifyInstance, engine: Engine): void {
  app.post('/_sim/orders', (request, reply) => {
    const placed = run(engine, (world, now) => postOrder(world, json(request.body), now))
    return reply.code(201).send(placed)
  })
  app.get<{ Params: { id: string } }>('/_sim/orders/:id', ({ params }) =>
    orderDetail(engine.world, getOrder(engine.world, params.id)),
  )
  for (const action of orderActions) {
    app.post<{ Params: { id: string } }>(`/_sim/orders/:id/${action}`, ({ params, body }) =>
      run(engine, (world, now) => changeOrder(world, { orderId: params.id, action, body: json(body), now })),
    )
  }
}

function addFeedRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<QueryOf<'sellerId' | 'region'>>('/_sim/feeds', ({ query }) =>
    run(engine, (world, now) => {
      const { region } = query
      return { feeds: readFeeds(world, { sellerId: required(query.sellerId, 'sellerId'), region, now }) }
    }),
  )
  app.post<{ Params: { id: string } }>('/_sim/feeds/:id/resume', ({ params }) =>
    run(engine, (world, now) => resumeFeed(world, { feedId: params.id, now })),
  )
}

function addFaultRoutes(app: FastifyInstance, engine: Engine): void {
  app.post('/_sim/faults', (request) => run(engine, (world, now) => addFault(world, json(request.body), now)))
  app.get('/_sim/faults', () => run(engine, (world, now) => ({ faults: listFaults(world, now) })))
  app.delete('/_sim/faults', () =>
    run(engine, (world) => {
      world.faults.clear()
      return { faults: [] }
    }),
  )
  app.delete<{ Params: { id: string } }>('/_sim/faults/:id', ({ params }) =>
    run(engine, (world, now) => {
      removeFault(world, params.id)
      return { faults: listFaults(world, now) }
    }),
  )
}

function addOverviewRoutes(app: FastifyInstance, engine: Engine): void {
  app.get<QueryOf<'since' | 'operation' | 'sellerId' | 'sku' | 'limit'>>('/_sim/journal', ({ query }) => {
    const { limit, since, ...filter } = query
    if (since !== undefined && !/^\d+$/.test(since) && parseIso(since) === undefined) {
      throw invalid('since', `'${since}' must be a sequence number or an ISO 8601 date-time`)
    }
    const most = limit === undefined ? 1000 : Number(limit)
    if (!Number.isInteger(most) || most < 1 || most > mostEntries)
      throw invalid('limit', `'${limit}' must be from 1 to ${mostEntries}`)
    return engine.world.journal.read({ ...filter, ...(since === undefined ? {} : { since }), limit: most })
  })
  app.get('/_sim/queues', () => run(engine, (world, now) => ({ queues: listQueues(world, now) })))
  app.get('/_sim/settings', () => settingsView(engine.world))
  app.post('/_sim/settings', (request) => run(engine, (world) => changeSettings(world, json(request.body))))
  app.post('/_sim/clock', (request) => {
    const advanceMs = new Input(json(request.body), ['advanceMs']).whole('advanceMs', 0)
    if (!engine.advance) {
      const message = 'the clock is real: start the simulator with a virtual clock (SIMULATOR_CLOCK=virtual) to move it'
      throw new ControlRefusalError(409, { code: 'REAL_CLOCK', message })
    }
    engine.advance(advanceMs)
    return run(engine, (world, now) => stateView(world, { mode: engine.clockMode, now }).clock)
  })
  app.post('/_sim/reset', () =>
    run(engine, (world, now) => {
      world.reset()
      return stateView(world, { mode: engine.clockMode, now })
    }),
  )
  app.get('/_sim/state', () => run(engine, (world, now) => stateView(world, { mode: engine.clockMode, now })))
}

/** The body as JSON; an empty one counts as {}. */
function json(body: unknown): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    throw invalid('body', 'is not valid JSON')
  }
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw invalid(name, 'is needed as a query parameter')
  return value
}

function invalid(field: string, rule: string): ControlRefusalError {
  return new ControlRefusalError(400, { code: 'INVALID', field, message: `${field} ${rule}` })
}
