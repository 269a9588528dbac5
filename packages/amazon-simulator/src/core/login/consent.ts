import type { Seller } from '../records.ts'
import { sellerKeyOf, type World } from '../world.ts'
import { applicationOf } from './application.ts'

/** What the consent address asks for. */
export interface ConsentRequest {
  applicationId: string | undefined
  state: string | undefined
  redirectUri: string | undefined
  version: string | undefined
}

/** Whether the seller may be asked, and where the answer goes. `code` is the one Seller Central shows. */
export type ConsentCheck =
  | { kind: 'askable'; applicationId: string; state: string; redirectUri: string }
  | { kind: 'refused'; code: string | null; message: string }

const forgetCodeAfterMs = 24 * 3600 * 1000

/** Reads a consent address as Seller Central does. Source: "Website authorization workflow", "Authorization errors". */
export function checkConsent(world: World, request: ConsentRequest): ConsentCheck {
  const application = applicationOf(world)
  const { applicationId, state } = request
  if (!applicationId) return refused(null, 'application_id is missing from the address.')
  if (application.applicationId !== null && application.applicationId !== applicationId)
    return refused(null, `No application '${applicationId}' is registered.`)
  if (application.draft && request.version !== 'beta')
    return refused('MD1000', 'The application is a draft: add version=beta to the address to authorise it.')
  const redirectUri = request.redirectUri ?? application.redirectUris[0]
  if (redirectUri === undefined || !isRegistered(application.redirectUris, redirectUri))
    return refused('MD5101', `The redirect_uri '${redirectUri ?? ''}' is not registered for this application.`)
  if (!state) return refused(null, 'state is missing from the address.')
  return { kind: 'askable', applicationId, state, redirectUri }
}

/** The seller agrees: a code for five minutes. Returns the address to send the browser to. */
export function grantConsent(
  world: World,
  seller: Seller,
  call: { request: ConsentRequest; now: number },
): ConsentCheck {
  const check = checkConsent(world, call.request)
  if (check.kind === 'refused') return check
  for (const old of world.authorizationCodes.all()) {
    if (old.issuedAt + forgetCodeAfterMs < call.now) world.authorizationCodes.remove(old)
  }
  const code = world.ids.hex('authorization-code', 40)
  world.authorizationCodes.save({
    code,
    sellerKey: sellerKeyOf(seller),
    clientId: applicationOf(world).clientId,
    redirectUri: check.redirectUri,
    issuedAt: call.now,
    usedAt: null,
  })
  const target = new URL(check.redirectUri)
  target.searchParams.set('state', check.state)
  target.searchParams.set('selling_partner_id', seller.sellerId)
  target.searchParams.set('spapi_oauth_code', code)
  return { ...check, redirectUri: target.toString() }
}

function isRegistered(registered: readonly string[], redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false
  if (registered.length > 0) return registered.includes(redirectUri)
  const { protocol, hostname } = new URL(redirectUri)
  return protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
}

function refused(code: string | null, message: string): ConsentCheck {
  return { kind: 'refused', code, message }
}
