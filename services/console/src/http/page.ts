import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'

/** What the build leaves in the page wherever a nonce belongs; vite.config.ts names the same word. */
const noncePlaceholder = 'LOCKSTEP_NONCE'

const notBuilt = `The console's page has not been built yet.
Build it and reload: pnpm --filter @lockstep/console build
The data is served meanwhile: /api/accounts
`

/** Addresses of the page itself: its own router shows them. */
const pageRoutes = ['/', '/accounts', '/listings', '/orders', '/orders/:order', '/log']

/** The built page. */
export interface Page {
  /** Whether it has been built. */
  isBuilt(): boolean
}

/** Serves the built page from `folder`: the files under assets carry a hash of their content in their names and never change, the page itself is always asked for. */
export async function addPage(app: FastifyInstance, folder: string): Promise<Page> {
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    immutable: true,
    maxAge: '365d',
    suppressWarning: true,
  })
  const file = join(folder, 'index.html')
  for (const route of pageRoutes) app.get(route, (_request, reply) => sendPage(reply, file))
  return { isBuilt: () => existsSync(file) }
}

function sendPage(reply: FastifyReply, file: string): FastifyReply {
  const html = readPage(file)
  if (html === undefined) return reply.code(404).type('text/plain; charset=utf-8').send(notBuilt)
  const nonce = randomBytes(16).toString('base64url')
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', contentSecurityPolicy(nonce))
    .send(html.replaceAll(noncePlaceholder, nonce))
}

/** Read each time: a page that is built again while the console runs is served at once. */
function readPage(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Nothing from elsewhere, no script but our files; styles that the page makes itself carry this answer's nonce. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
