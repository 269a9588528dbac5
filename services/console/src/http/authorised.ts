import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'

import type { ApiDeps } from '../api/deps.ts'
import { once } from '../peers/ask.ts'
import { readInput } from './input.ts'
import { refusalAnswer } from './refusal-answer.ts'

const Query = z.object({
  state: z.string().min(1).max(500),
  selling_partner_id: z.string().min(1).max(100),
  spapi_oauth_code: z.string().min(1).max(500),
})

/**
 * Where Amazon sends a seller who has consented. Whoever opens it without having begun here has no state that is known, so it may be a plain GET.
 * Code and state stay out of every log: requests are not logged by their address, and the page sends no referrer on.
 */
export function addAuthorisedRoute(app: FastifyInstance, { peers, asker }: Pick<ApiDeps, 'peers' | 'asker'>): void {
  app.get('/amazon/authorised', async (request, reply) => {
    try {
      const {
        state,
        selling_partner_id: sellingPartnerId,
        spapi_oauth_code: oauthCode,
      } = readInput(Query, request.query)
      const returned = { state, sellingPartnerId, oauthCode }
      const { account } = await once(peers.authorisation, 'completeAuthorisation', returned, asker(reply))
      return await show(
        reply,
        'Authorised',
        `${account?.name ?? 'The account'} is authorised. Its links, settings and history are as they were; this window can be closed.`,
      )
    } catch (error) {
      const { status, body } = refusalAnswer(error)
      return show(reply.code(status), 'Not authorised', `${body.error.message}. Next: ${body.error.next_step}`)
    }
  })
}

function show(reply: FastifyReply, title: string, text: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)} · Lockstep</title></head>` +
        `<body><main><h1>${escaped(title)}</h1><p>${escaped(text)}</p><p><a href="/accounts">Accounts</a></p></main></body></html>`,
    )
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}
