import type { Verdict } from '@lockstep/sp-api/outcome'
import type { HttpAnswer } from '@lockstep/sp-api/transport'
import type { AccessToken } from '../channels/amazon/access-tokens.ts'
import { applicationHold, type Hold, revokedHold, unreadableNextStep } from '../channels/amazon/connection-states.ts'
import type { Slot } from '../channels/amazon/slot-lines.ts'
import type { AmazonReply } from '../domain/amazon-reply.ts'

type NoToken = Exclude<AccessToken, { kind: 'token' }>

/** The reply to a call whose connection has no access token to make it with: nothing was sent. */
export function withoutToken(token: NoToken | Hold): AmazonReply {
  const hold = 'kind' in token ? holdFor(token) : token
  if (hold) return { ...nothing, outcome: hold.outcome, detail: hold.detail, nextStep: hold.nextStep }
  const detail = `no access token: ${token.detail}`
  const isUnreadable = 'kind' in token && token.kind === 'unreadable'
  const nextStep = isUnreadable ? unreadableNextStep : 'do nothing: it is tried again'
  return { ...nothing, outcome: 'not_sent', detail, nextStep }
}

function holdFor(token: NoToken): Hold | undefined {
  if (token.kind === 'revoked') return revokedHold(token.detail)
  return token.kind === 'application_refused' ? applicationHold(token.detail) : undefined
}

/** The reply to a call that got no token of its buckets before `notAfter`: nothing was sent. */
export function withoutSlot(
  slot: Exclude<Slot, { kind: 'taken' }>,
  { operation, notAfter }: { operation: string; notAfter: Date },
): AmazonReply {
  if (slot.kind === 'given_up') {
    const detail = 'the caller gave up before a token came'
    return { ...nothing, outcome: 'not_sent', detail, nextStep: 'nothing to do: nothing was sent' }
  }
  const at = new Date(Date.now() + slot.retryAfterMs)
  return {
    ...nothing,
    outcome: 'not_sent',
    detail: `no token of ${operation} before ${notAfter.toISOString()}`,
    nextStep: `plan the call for ${at.toISOString()}`,
    throttledUntil: at,
  }
}

const nothing = { status: 0, headers: {}, body: new Uint8Array(), amazonTime: undefined }

/** The reply to a call that was sent. */
export function replyOf(answer: HttpAnswer, verdict: Verdict, retryAfterMs: number | undefined): AmazonReply {
  const headers = headersOf(answer)
  return {
    status: answer.kind === 'answered' ? answer.status : 0,
    headers,
    body: answer.kind === 'answered' ? answer.body : nothing.body,
    outcome: verdict.outcome === 'token_expired' ? 'denied' : verdict.outcome,
    detail: verdict.detail,
    nextStep: retryAfterMs === undefined ? verdict.nextStep : retriedAt(retryAfterMs),
    amazonTime: timeOf(headers['date']),
    ...(retryAfterMs !== undefined && { throttledUntil: new Date(Date.now() + retryAfterMs) }),
  }
}

function retriedAt(retryAfterMs: number): string {
  return `do nothing: it is tried again at ${new Date(Date.now() + retryAfterMs).toISOString().slice(11, 19)} UTC`
}

function timeOf(header: string | undefined): Date | undefined {
  const ms = Date.parse(header ?? '')
  return Number.isNaN(ms) ? undefined : new Date(ms)
}

const keptHeaders = [
  'content-type',
  'date',
  'retry-after',
  'x-amzn-errortype',
  'x-amzn-ratelimit-limit',
  'x-amzn-requestid',
]

/** The headers that matter, of an answer that came. */
export function headersOf(answer: HttpAnswer): Record<string, string> {
  if (answer.kind !== 'answered') return {}
  return Object.fromEntries(Object.entries(answer.headers).filter(([name]) => keptHeaders.includes(name)))
}
