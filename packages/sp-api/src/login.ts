import type { Dispatcher } from 'undici'
import { z } from 'zod'

import { jsonOf } from './call.ts'
import { callHttp } from './transport.ts'

// Source of every word here: Login with Amazon, SP-API developer guide; error codes as the official clients know them.

/** Who asks, and how long it waits. Secrets are passed in plain and never kept. */
export interface LoginClient {
  /** The token endpoint's whole address. */
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** An exchange of a seller's refresh token. */
export interface ExchangeRequest extends LoginClient {
  readonly refreshToken: string
}

/** An exchange of the code that a seller's consent brought. It lives five minutes and is good once. */
export interface CodeExchangeRequest extends LoginClient {
  readonly code: string
  /** The one that was named when consent was asked for. */
  readonly redirectUri?: string
}

/** What a token without a seller can be for. */
export type GrantlessScope = 'sellingpartnerapi::notifications' | 'sellingpartnerapi::client_credential:rotation'

/** A token that stands for the application alone. */
export interface GrantlessRequest extends LoginClient {
  readonly scope: GrantlessScope
}

/** Why there is no token. Each kind has one remedy. */
export type LoginRefusal =
  /** The seller has taken the authorisation back, or it has run out: this connection is dead until it is authorised again. */
  | { readonly kind: 'revoked'; readonly detail: string }
  /** The code is older than five minutes, was used before, or belongs to another address: begin the consent anew. */
  | { readonly kind: 'code_spent'; readonly detail: string }
  /** The application's own id or secret is refused: every seller of it stands still. */
  | { readonly kind: 'application_refused'; readonly detail: string }
  /** The token belongs to another application, or this one may not ask in this way. */
  | { readonly kind: 'wrong_client'; readonly detail: string }
  /** Our own request is not what the endpoint takes: repeating it changes nothing. */
  | { readonly kind: 'malformed'; readonly detail: string }
  /** Try again later. */
  | { readonly kind: 'failed'; readonly detail: string }

/** An access token, and how long it is good. */
export interface IssuedToken {
  readonly kind: 'token'
  readonly value: string
  readonly livesMs: number
}

/** What the token endpoint said to a refresh token. */
export type ExchangeOutcome = IssuedToken | Exclude<LoginRefusal, { kind: 'code_spent' }>

/** What the token endpoint said to a code. */
export type CodeExchangeOutcome =
  | (Omit<IssuedToken, 'kind'> & { readonly kind: 'authorised'; readonly refreshToken: string })
  | Exclude<LoginRefusal, { kind: 'revoked' }>

/** What the token endpoint said to the application alone. */
export type GrantlessOutcome = IssuedToken | Exclude<LoginRefusal, { kind: 'revoked' | 'code_spent' }>

/** Exchanges a refresh token for an access token. Never throws; never repeats a token in what it says. */
export async function exchangeRefreshToken(agent: Dispatcher, wanted: ExchangeRequest): Promise<ExchangeOutcome> {
  const answer = await askForToken(agent, wanted, { grant_type: 'refresh_token', refresh_token: wanted.refreshToken })
  return answer.kind === 'failed' ? answer : readExchange(answer.status, answer.body)
}

/** Exchanges the code of a consent for the seller's refresh token. Never throws; never repeats code or token in what it says. */
export async function exchangeConsentCode(
  agent: Dispatcher,
  wanted: CodeExchangeRequest,
): Promise<CodeExchangeOutcome> {
  const redirect = wanted.redirectUri === undefined ? {} : { redirect_uri: wanted.redirectUri }
  const answer = await askForToken(agent, wanted, { grant_type: 'authorization_code', code: wanted.code, ...redirect })
  return answer.kind === 'failed' ? answer : readCodeExchange(answer.status, answer.body)
}

/** Asks for a token of the application alone, for operations without a seller. Never throws. */
export async function exchangeClientCredentials(
  agent: Dispatcher,
  wanted: GrantlessRequest,
): Promise<GrantlessOutcome> {
  const answer = await askForToken(agent, wanted, { grant_type: 'client_credentials', scope: wanted.scope })
  return answer.kind === 'failed' ? answer : readGrantless(answer.status, answer.body)
}

/** What an answer to a refresh token means. */
export function readExchange(status: number, body: Uint8Array): ExchangeOutcome {
  const token = tokenIn(status, body)
  if (token) return { kind: 'token', value: token.access_token, livesMs: token.expires_in * 1000 }
  const code = errorIn(body)
  if (code === 'invalid_grant')
    return { kind: 'revoked', detail: 'Amazon does not take the refresh token any more (invalid_grant)' }
  if (code === 'unauthorized_client')
    return { kind: 'wrong_client', detail: 'the refresh token belongs to another application (unauthorized_client)' }
  return refusalOf(status, code)
}

/** What an answer to a code means. */
export function readCodeExchange(status: number, body: Uint8Array): CodeExchangeOutcome {
  const token = tokenIn(status, body)
  if (token?.refresh_token) {
    const { access_token: value, expires_in: seconds, refresh_token: refreshToken } = token
    return { kind: 'authorised', value, livesMs: seconds * 1000, refreshToken }
  }
  const code = errorIn(body)
  if (code === 'invalid_grant') {
    const detail =
      'Amazon does not take the code (invalid_grant): it is older than five minutes, was used before, or came by another address'
    return { kind: 'code_spent', detail }
  }
  if (code === 'unauthorized_client')
    return { kind: 'wrong_client', detail: 'the code belongs to another application (unauthorized_client)' }
  return refusalOf(status, code)
}

/** What an answer to the application's own credentials means. */
export function readGrantless(status: number, body: Uint8Array): GrantlessOutcome {
  const token = tokenIn(status, body)
  if (token) return { kind: 'token', value: token.access_token, livesMs: token.expires_in * 1000 }
  const code = errorIn(body)
  if (code === 'unauthorized_client') {
    const detail = 'the application may not ask for tokens of its own (unauthorized_client)'
    return { kind: 'wrong_client', detail }
  }
  return refusalOf(status, code)
}

type EndpointAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: Uint8Array }
  | Extract<LoginRefusal, { kind: 'failed' }>

async function askForToken(
  agent: Dispatcher,
  client: LoginClient,
  grant: Readonly<Record<string, string>>,
): Promise<EndpointAnswer> {
  const { origin, pathname } = new URL(client.endpoint)
  const form = new URLSearchParams({ ...grant, client_id: client.clientId, client_secret: client.clientSecret })
  const answer = await callHttp(agent, {
    origin,
    method: 'POST',
    target: pathname,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8', accept: 'application/json' },
    body: Buffer.from(form.toString()),
    timeoutMs: client.timeoutMs,
    signal: client.signal,
  })
  if (answer.kind === 'answered') return answer
  return { kind: 'failed', detail: `the token endpoint does not answer: ${answer.detail}` }
}

const TokenShape = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1).optional().catch(undefined),
})

function tokenIn(status: number, body: Uint8Array): z.output<typeof TokenShape> | undefined {
  const read = TokenShape.safeParse(jsonOf(body))
  return status === 200 && read.success ? read.data : undefined
}

/** The error's code; empty where the body names none. Its description is not repeated: it may hold what was sent. */
function errorIn(body: Uint8Array): string {
  const read = z.object({ error: z.string() }).safeParse(jsonOf(body))
  return read.success && /^[a-z_]{1,40}$/.test(read.data.error) ? read.data.error : ''
}

/** What every other error means, whatever was asked with. */
function refusalOf(
  status: number,
  code: string,
): Extract<LoginRefusal, { kind: 'application_refused' | 'malformed' | 'failed' }> {
  switch (code) {
    case 'invalid_client':
      return {
        kind: 'application_refused',
        detail: "Amazon refuses the application's client id or secret (invalid_client)",
      }
    case 'access_denied':
      return { kind: 'application_refused', detail: 'Amazon denies the application (access_denied)' }
    case 'invalid_request':
    case 'invalid_scope':
    case 'invalid_grant':
    case 'unsupported_grant_type':
      return { kind: 'malformed', detail: `the token endpoint does not understand the request (${code})` }
    default: {
      const words = code === '' ? '' : ` (${code})`
      return { kind: 'failed', detail: `the token endpoint answered ${String(status)}${words}` }
    }
  }
}
