import type { Dispatcher } from 'undici'
import { z } from 'zod'

import { jsonOf } from './call.ts'
import { callHttp } from './transport.ts'

/** What an exchange needs. Secrets are passed in plain and never kept. */
export interface ExchangeRequest {
  /** The token endpoint's whole address. */
  readonly endpoint: string
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** What the token endpoint said. */
export type ExchangeOutcome =
  | { readonly kind: 'token'; readonly value: string; readonly livesMs: number }
  /** The seller has taken the authorisation back, or it has run out. */
  | { readonly kind: 'revoked'; readonly detail: string }
  /** The application's own id or secret is refused: every seller of it stands still. */
  | { readonly kind: 'application_refused'; readonly detail: string }
  /** Try again later. */
  | { readonly kind: 'failed'; readonly detail: string }

const TokenShape = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() })
const ErrorShape = z.object({ error: z.string(), error_description: z.string().nullish() })

/**
 * Exchanges a refresh token for an access token. Never throws; never repeats a token in what it says.
 * Source: Login with Amazon, grant_type refresh_token; error codes as the official clients know them.
 */
export async function exchangeRefreshToken(agent: Dispatcher, wanted: ExchangeRequest): Promise<ExchangeOutcome> {
  const { origin, pathname } = new URL(wanted.endpoint)
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: wanted.refreshToken,
    client_id: wanted.clientId,
    client_secret: wanted.clientSecret,
  })
  const answer = await callHttp(agent, {
    origin,
    method: 'POST',
    target: pathname,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8', accept: 'application/json' },
    body: Buffer.from(form.toString()),
    timeoutMs: wanted.timeoutMs,
    signal: wanted.signal,
  })
  if (answer.kind !== 'answered')
    return { kind: 'failed', detail: `the token endpoint does not answer: ${answer.detail}` }
  return readExchange(answer.status, answer.body)
}

/** What an answer of the token endpoint means. */
export function readExchange(status: number, body: Uint8Array): ExchangeOutcome {
  const json = jsonOf(body)
  const token = TokenShape.safeParse(json)
  if (status === 200 && token.success) {
    return { kind: 'token', value: token.data.access_token, livesMs: token.data.expires_in * 1000 }
  }
  const refused = ErrorShape.safeParse(json)
  const code = refused.success ? refused.data.error : ''
  switch (code) {
    case 'invalid_grant':
      return { kind: 'revoked', detail: 'Amazon does not take the refresh token any more (invalid_grant)' }
    case 'unauthorized_client':
      return { kind: 'revoked', detail: 'the refresh token belongs to another application (unauthorized_client)' }
    case 'invalid_client':
      return {
        kind: 'application_refused',
        detail: "Amazon refuses the application's client id or secret (invalid_client)",
      }
    case 'access_denied':
      return { kind: 'application_refused', detail: 'Amazon denies the application (access_denied)' }
    default:
      return {
        kind: 'failed',
        detail: `the token endpoint answered ${String(status)}${code === '' ? '' : ` (${code})`}`,
      }
  }
}
