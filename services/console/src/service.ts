import { join } from 'node:path'

import { createLogger } from '@lockstep/telemetry/logger'
import type { FastifyInstance } from 'fastify'

import type { ApiDeps } from './api/deps.ts'
import { addApiRoutes } from './api/routes.ts'
import type { Config } from './config.ts'
import { addAuthorisedRoute } from './http/authorised.ts'
import { addHealthRoutes } from './http/health.ts'
import { goneSignal } from './http/gone-signal.ts'
import { createHttpServer, traceRoutes } from './http/http-server.ts'
import { addPage } from './http/page.ts'
import { hearEvents } from './live/hear-events.ts'
import { HintHub } from './live/hint-hub.ts'
import { gaugePages } from './metrics.ts'
import { openPeers } from './peers/peers.ts'
import { ItemStockReader } from './queries/item-stock.ts'

/** A running console. */
export interface ConsoleService extends AsyncDisposable {
  readonly port: number
}

/** Nobody signs in yet: the console answers this machine alone. */
const host = '127.0.0.1'
const pageFolder = join(import.meta.dirname, '..', 'dist')

/** Starts the console; disposal stops it in the reverse order. It needs no peer and no broker to start. */
export async function startService(config: Config): Promise<ConsoleService> {
  await using stack = new AsyncDisposableStack()
  const log = createLogger('console')
  const peers = openPeers(config.addresses, stack)
  const app = createHttpServer(log)
  stack.defer(() => app.close())
  const hub = stack.use(new HintHub())
  stack.use(gaugePages(() => hub.size))
  stack.use(hearEvents({ natsUrl: config.natsUrl, log, hub }))
  const deps: ApiDeps = {
    peers,
    itemStock: new ItemStockReader(peers.inventory),
    hub,
    surroundings: { simulatorUrl: config.simulatorUrl, actor: config.actor },
    asker: (reply) => ({ actor: config.actor, signal: goneSignal(reply.raw) }),
  }
  const port = await listen(app, deps, config.httpPort)
  log.info({ port }, 'console listens')
  const owned = stack.move()
  return { port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function listen(app: FastifyInstance, deps: ApiDeps, port: number): Promise<number> {
  traceRoutes(app)
  addApiRoutes(app, deps)
  addAuthorisedRoute(app, deps)
  addHealthRoutes(app, await addPage(app, pageFolder))
  await app.listen({ host, port })
  const address = app.server.address()
  return typeof address === 'object' && address ? address.port : port
}
