import type { FastifyInstance, FastifyReply } from 'fastify'
import { checkConsent, grantConsent, type ConsentCheck, type ConsentRequest } from '../core/login/consent.ts'
import { consentPage, consentRefusedPage } from './consent-page.ts'
import { run, type Engine } from './engine.ts'
import type { Html } from './html.ts'
import { frameOf } from './seller-central.ts'

const path = '/apps/authorize/consent'

interface ConsentQuery {
  Querystring: Partial<Record<string, string>>
}

/** Where a seller agrees to an application: the page an authorisation begins with. */
export function addConsentPage(app: FastifyInstance, engine: Engine): void {
  app.get<ConsentQuery>(path, ({ query }, reply) => {
    const check = checkConsent(engine.world, requestIn(query))
    if (check.kind === 'refused') return refuse(engine, reply, check)
    const sellers = [...engine.world.sellers.all()]
    const page = consentPage(frameOf(engine), { applicationId: check.applicationId, sellers, action: addressOf(query) })
    return show(reply, page, new URL(check.redirectUri).origin)
  })
  app.post<ConsentQuery>(path, ({ query, body }, reply) => {
    const form = new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '')
    const seller = engine.world.sellers.find(form.get('seller') ?? '')
    if (!seller) return refuse(engine, reply, { code: null, message: 'Choose the seller who agrees.' })
    const granted = run(engine, (world, now) => grantConsent(world, seller, { request: requestIn(query), now }))
    if (granted.kind === 'refused') return refuse(engine, reply, granted)
    return reply.header('referrer-policy', 'no-referrer').redirect(granted.redirectUri, 303)
  })
}

function requestIn(query: ConsentQuery['Querystring']): ConsentRequest {
  const one = (name: string): string | undefined => (typeof query[name] === 'string' ? query[name] : undefined)
  return {
    applicationId: one('application_id'),
    state: one('state'),
    redirectUri: one('redirect_uri'),
    version: one('version'),
  }
}

function addressOf(query: ConsentQuery['Querystring']): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (typeof value === 'string') params.set(name, value)
  return `${path}?${params.toString()}`
}

function refuse(
  engine: Engine,
  reply: FastifyReply,
  refusal: Pick<Extract<ConsentCheck, { kind: 'refused' }>, 'code' | 'message'>,
): FastifyReply {
  return show(reply.code(400), consentRefusedPage(frameOf(engine), refusal), '')
}

/** Browsers hold the redirect after a form to `form-action`, so the target has to be named. */
function show(reply: FastifyReply, page: Html, target: string): FastifyReply {
  const policy = `default-src 'none'; style-src 'unsafe-inline'; form-action 'self' ${target}`
  reply.header('content-security-policy', policy.trim()).header('referrer-policy', 'no-referrer')
  return reply.type('text/html; charset=utf-8').send(page.html)
}
