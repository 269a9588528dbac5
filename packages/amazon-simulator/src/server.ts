import { fastify, type FastifyInstance } from 'fastify'
import { realClock, virtualClock } from './core/clock.ts'
import { ControlRefusalError } from './core/refusals.ts'
import { defaultSettings, type ProfileName } from './core/settings.ts'
import { World } from './core/world.ts'
import { answer, openAmazonDoor, serverName } from './http/amazon-door.ts'
import { addConsentPage } from './http/consent.ts'
import { addControlRoutes } from './http/control-routes.ts'
import type { Engine } from './http/engine.ts'
import { openQueueDoor } from './http/queue-door.ts'
import { addSellerCentral } from './http/seller-central.ts'
import { openStore } from './store.ts'

/** How a simulator is started. */
export interface SimulatorOptions {
  /** 0 takes a free port. */
  port: number
  /** Default 127.0.0.1. */
  host?: string
  /** Where the state is kept; without it the state dies with the process. */
  stateFile?: string
  /** A virtual clock stands still until POST /_sim/clock moves it. */
  clock?: 'real' | 'virtual'
  /** Where a virtual clock starts, in milliseconds since 1970, when the state file does not know. Default: now. */
  startsAt?: number
  /** Decides every id the simulator makes. A state file keeps the seed it was made with. */
  seed?: string
  /** The speeds of a fresh simulator and of one that is reset. Default `amazon`. */
  profile?: ProfileName
}

/** A running simulator. */
export interface SimulatorServer extends AsyncDisposable {
  url: string
  port: number
  close: () => Promise<void>
}

/** Listings reports and feeds are far below this. */
const largestBody = 20 * 1024 * 1024

/** Starts the simulated Amazon with its control API. Rejects when the port is taken or the state file cannot be opened. */
export async function startSimulatorServer(options: SimulatorOptions): Promise<SimulatorServer> {
  const engine = createEngine(options)
  const app = createApp(engine)
  try {
    await app.listen({ port: options.port, host: options.host ?? '127.0.0.1' })
  } catch (err) {
    engine.store?.close()
    throw err
  }
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  const close = once(async () => {
    await app.close()
    engine.store?.close()
  })
  return { url: `http://${options.host ?? '127.0.0.1'}:${port}`, port, close, [Symbol.asyncDispose]: close }
}

function createEngine(options: SimulatorOptions): Engine {
  const store = options.stateFile === undefined ? undefined : openStore(options.stateFile)
  const seed = options.seed ?? 'lockstep'
  const world = new World({ seed: store?.seed(seed) ?? seed, ...(options.profile ? { profile: options.profile } : {}) })
  store?.load(world)
  world.changes.recording = store !== undefined
  // A new file learns at once with which settings it began, an older one which were added.
  world.settings = { ...defaultSettings(options.profile), ...world.settings }
  const clockMode = options.clock ?? 'real'
  if (clockMode === 'real') return { world, now: realClock(), clockMode, advance: undefined, store }
  const clock = virtualClock(world.clockAt ?? options.startsAt ?? Date.now())
  const advance = (byMs: number): void => {
    clock.advance(byMs)
    world.clockAt = clock.now()
  }
  advance(0)
  return { world, now: clock.now, clockMode, advance, store }
}

function createApp(engine: Engine): FastifyInstance {
  const app = fastify({
    bodyLimit: largestBody,
    // Requests that a fault leaves without an answer must not hold up the end.
    forceCloseConnections: true,
    // Amazon's paths carry SKUs: what Fastify cannot read is still a request to Amazon.
    frameworkErrors: (_err, request, reply) => void answer(engine, request, reply),
    return503OnClosing: false,
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('server', serverName)
    done()
  })
  app.setErrorHandler((err, _request, reply) => {
    if (err instanceof ControlRefusalError) {
      const { status, code, message, field } = err
      return reply.code(status).send({ error: { code, message, ...(field === undefined ? {} : { field }) } })
    }
    const status =
      err instanceof Error && 'statusCode' in err && typeof err.statusCode === 'number' ? err.statusCode : 500
    return reply
      .code(status)
      .send({ error: { code: 'FAULT', message: err instanceof Error ? err.message : String(err) } })
  })
  addControlRoutes(app, engine)
  addSellerCentral(app, engine)
  addConsentPage(app, engine)
  openQueueDoor(app, engine)
  openAmazonDoor(app, engine)
  return app
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= action())
}
