import type { FastifyRequest } from 'fastify'

import { HttpRefusal } from './refusal-answer.ts'

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Nobody signs in yet, so whatever reaches the console may do what its user may. The socket is open to this machine alone; the rest is kept out here:
 * a page whose name was pointed at 127.0.0.1 (its Host is not loopback), and another site that sends a form or a fetch (its origin is not ours).
 */
export function refuseStrangers(request: Pick<FastifyRequest, 'headers' | 'method'>): void {
  const host = request.headers.host ?? ''
  if (!isLoopback(host)) {
    throw new HttpRefusal(421, {
      code: 'HOST_REFUSED',
      message: `the console does not answer under the name "${host.slice(0, 100)}"`,
      next_step: 'open it as http://127.0.0.1 or http://localhost with its port',
    })
  }
  if (!isSameOrigin(request)) {
    throw new HttpRefusal(403, {
      code: 'ORIGIN_REFUSED',
      message: 'the request does not come from a page of this console',
      next_step: "use the console's own page, or the lockstep command for scripts",
    })
  }
}

/** Whether a Host header names this machine and nothing else. */
export function isLoopback(host: string): boolean {
  const url = URL.parse(`http://${host}/`)
  return url !== null && url.host === hostOf(host) && url.pathname === '/' && loopbackNames.has(url.hostname)
}

/** A default port is left out by the parser. */
const hostOf = (host: string): string => host.toLowerCase().replace(/:80$/, '')

function isSameOrigin({ headers, method }: Pick<FastifyRequest, 'headers' | 'method'>): boolean {
  const site = headers['sec-fetch-site']
  if (safeMethods.has(method)) return site !== 'cross-site' || headers['sec-fetch-mode'] === 'navigate'
  const { origin } = headers
  if (origin !== undefined) return URL.parse(origin)?.host === URL.parse(`http://${headers.host ?? ''}`)?.host
  return site === 'same-origin'
}
