import { findMarketplace, marketplaces } from './marketplaces.ts'

// Source: SP-API developer guide, website authorisation workflow. There is no scope parameter: roles are those of the application's registration.

/** A seller's consent to ask for. */
export interface ConsentRequest {
  /** Amazon's id of the application, `amzn1.sp.solution.…` or `amzn1.sellerapps.app.…`. */
  readonly applicationId: string
  /** Id or country code; decides whose Seller Central the seller is sent to. */
  readonly marketplace: string
  /** Unguessable and good once: what comes back without it was not asked for by us. */
  readonly state: string
  /** Must be registered with the application; its first registered one when absent. */
  readonly redirectUri?: string
  /** A draft application is authorised only so. */
  readonly isDraft: boolean
}

/** Where to send the seller, or why nowhere. */
export type ConsentUrl =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'refused'; readonly field: 'marketplace' | 'state'; readonly detail: string }

/** What the seller's browser brings back. */
export type ConsentReturn =
  | { readonly kind: 'returned'; readonly state: string; readonly sellerId: string; readonly code: string }
  | { readonly kind: 'incomplete'; readonly missing: readonly string[] }

/** Shorter ones can be guessed: 128 bits take 22 characters of base64. */
const MIN_STATE_CHARACTERS = 22

/** The address at which a seller consents. One consent covers every marketplace of the seller account in the region. */
export function consentUrl(request: ConsentRequest): ConsentUrl {
  const marketplace = findMarketplace(request.marketplace)
  if (!marketplace) return refused('marketplace', `"${request.marketplace}" is no marketplace that we know`)
  if (!marketplace.sellerCentral) {
    const others = marketplaces.filter(({ region, sellerCentral }) => region === marketplace.region && sellerCentral)
    const codes = others.map(({ code }) => code).join(', ')
    const detail = `the Seller Central of ${marketplace.code} is not known; use another marketplace of the same seller account: ${codes}`
    return refused('marketplace', detail)
  }
  if (request.state.length < MIN_STATE_CHARACTERS) {
    return refused(
      'state',
      `the state has ${String(request.state.length)} characters; ${String(MIN_STATE_CHARACTERS)} are needed`,
    )
  }
  const url = new URL(`https://${marketplace.sellerCentral}/apps/authorize/consent`)
  url.searchParams.set('application_id', request.applicationId)
  url.searchParams.set('state', request.state)
  if (request.redirectUri !== undefined) url.searchParams.set('redirect_uri', request.redirectUri)
  if (request.isDraft) url.searchParams.set('version', 'beta')
  return { kind: 'url', url: url.href }
}

/** Reads what Amazon's redirect carries. Its state is for the caller to compare, once; the code lives five minutes. */
export function readConsentReturn(query: URLSearchParams): ConsentReturn {
  const [state, sellerId, code] = returned.map((name) => query.get(name) ?? '')
  if (state && sellerId && code) return { kind: 'returned', state, sellerId, code }
  return { kind: 'incomplete', missing: returned.filter((name) => !query.get(name)) }
}

const returned = ['state', 'selling_partner_id', 'spapi_oauth_code'] as const

function refused(field: 'marketplace' | 'state', detail: string): ConsentUrl {
  return { kind: 'refused', field, detail }
}
