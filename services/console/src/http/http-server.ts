import type { Logger } from '@lockstep/telemetry/logger'
import { runInSpan } from '@lockstep/telemetry/trace'
import { context, SpanKind } from '@opentelemetry/api'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'

import { observeRequest } from '../metrics.ts'
import { refuseStrangers } from './guards.ts'
import { refusalAnswer } from './refusal-answer.ts'

const LARGEST_BODY_BYTES = 256 * 1024
/** 40 characters of four bytes each, every byte as %XX. */
const LONGEST_PARAMETER = 1_000
const REQUEST_TIMEOUT_MS = 30_000

/** An HTTP server without routes: it keeps strangers out, measures, and answers every failure in one form. */
export function createHttpServer(log: Logger): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: LARGEST_BODY_BYTES,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Pages keep their connections open; a stop does not wait for them.
    forceCloseConnections: true,
  })
  // A form of another site can send plain text without asking first, so JSON is all that is read.
  app.removeContentTypeParser('text/plain')
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(commonHeaders)
    refuseStrangers(request)
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    observeRequest(route, reply.statusCode, reply.elapsedTime)
  })
  app.setErrorHandler((error: FastifyError, request, reply) => answerFailure(log, { error, request, reply }))
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(notFound))
  return app
}

/** Runs every route's handler in a span of its own, so that calls to peers belong to the request. */
export function traceRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { handler, url } = route
    const name = `${String(route.method)} ${url}`
    route.handler = function traced(request, reply) {
      const start = { name, kind: SpanKind.SERVER, parent: context.active(), attributes: { 'http.route': url } }
      return runInSpan(start, async () => handler.call(this, request, reply))
    }
  })
}

const commonHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
}

const notFound = {
  error: {
    code: 'NOT_FOUND',
    message: 'there is nothing at this address',
    next_step: 'open the console at its first page: /',
    field: null,
    value: null,
  },
}

async function answerFailure(
  log: Logger,
  { error, request, reply }: { error: unknown; request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const answer = refusalAnswer(error)
  const route = request.routeOptions.url ?? 'none'
  if (answer.fault) log.error({ err: error, route, status: answer.status }, 'request failed')
  else log.info({ route, status: answer.status, reason: answer.body.error.code }, 'request refused')
  if (answer.retryAfterSeconds !== undefined) void reply.header('retry-after', String(answer.retryAfterSeconds))
  return reply.code(answer.status).send(answer.body)
}
