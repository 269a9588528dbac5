import type { LimitLevel } from '@lockstep/pacing/model-limits'
import { z } from 'zod'

import { jsonOf } from './call.ts'
import type { Operation } from './operations.ts'
import type { HttpAnswer } from './transport.ts'

/** What came of a call. `token_expired` is mended by a new token and one repeat; it never reaches a caller. */
export type CallOutcome =
  | 'accepted'
  | 'throttled'
  | 'denied'
  | 'token_expired'
  | 'authorisation_revoked'
  | 'application_credentials'
  | 'wrong_region'
  | 'invalid_data'
  | 'not_found'
  | 'outage'
  | 'unknown'
  | 'not_sent'

/** What an answer means, and the one next step. */
export interface Verdict {
  readonly outcome: CallOutcome
  readonly detail: string
  readonly nextStep: string
  /** Which limit a 429 spoke of. */
  readonly throttledLevel?: LimitLevel
  /** Amazon's error code. */
  readonly errorCode?: string
}

const nothingToDo = 'do nothing: it is tried again by itself'

const ErrorsShape = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().nullish(), details: z.string().nullish() })).min(1),
})

interface AmazonError {
  readonly code: string
  readonly message: string
  readonly details: string
}

/** What is known beside the answer. Everything is optional: without it the classifier says less, never something else. */
export interface CallContext {
  /** How old the access token was. One past its hour is called revoked by Amazon, and is only old. */
  readonly tokenAgeMs?: number
  /** The roles the application is known to hold for this seller. */
  readonly grantedRoles?: readonly string[]
  /** Whether this connection has ever had a call accepted in its region. */
  readonly everAccepted?: boolean
}

/**
 * The one place that decides what an answer of Amazon means. It looks at status, body and operation together, because the same 403 stands for a missing
 * role, an expired token and a revoked authorisation, and because an outage may answer in HTML. Source: SP-API, error responses and their known bodies.
 */
export function classify(answer: HttpAnswer, operation: Operation, context: CallContext = {}): Verdict {
  switch (answer.kind) {
    case 'unsent':
      return { outcome: 'not_sent', detail: `Amazon could not be reached: ${answer.detail}`, nextStep: nothingToDo }
    case 'lost':
      return unknownOutcome(answer.detail)
    case 'answered':
      return answer.status >= 200 && answer.status < 300
        ? classifySuccess(answer, operation)
        : classifyRefusal(answer, operation, context)
    default:
      return answer satisfies never
  }
}

type Answered = Extract<HttpAnswer, { kind: 'answered' }>

/** A 2xx whose body is empty or cut short says nothing: what was read is not known, and what was written may have been taken. */
function classifySuccess({ status, body }: Answered, operation: Operation): Verdict {
  if (status === 204 || jsonOf(body) !== undefined) return { outcome: 'accepted', detail: '', nextStep: '' }
  const detail = `Amazon answered ${status} with ${body.length === 0 ? 'nothing' : 'something that is no JSON'}`
  return operation.method === 'GET' ? { outcome: 'outage', detail, nextStep: nothingToDo } : unknownOutcome(detail)
}

function unknownOutcome(detail: string): Verdict {
  return { outcome: 'unknown', detail: `no whole answer came: ${detail}`, nextStep: 'do nothing: it is asked about' }
}

function classifyRefusal({ status, body }: Answered, operation: Operation, context: CallContext): Verdict {
  const error = firstError(body)
  const errorCode = error && { errorCode: error.code }
  const detail = wordsOf(status, error)
  if (status === 429) {
    return { outcome: 'throttled', detail, nextStep: nothingToDo, throttledLevel: levelOf(error), ...errorCode }
  }
  if (status === 401 || status === 403)
    return { ...classifyDenial({ status, error }, operation, context), ...errorCode }
  if (status === 404)
    return { outcome: 'not_found', detail, nextStep: 'check that it still exists at Amazon', ...errorCode }
  if (status >= 500) return { outcome: 'outage', detail, nextStep: nothingToDo, ...errorCode }
  return { outcome: 'invalid_data', detail, nextStep: 'correct the value that Amazon names', ...errorCode }
}

const TOKEN_LIFE_MS = 3_600_000

/** Amazon says expired, revoked and missing only in the details of one and the same error. */
function classifyDenial(
  { status, error }: { status: number; error: AmazonError | undefined },
  operation: Operation,
  context: CallContext,
): Verdict {
  const words = `${error?.message ?? ''} ${error?.details ?? ''}`
  const isOld = (context.tokenAgeMs ?? 0) >= TOKEN_LIFE_MS
  const isRevoked = /revoked|malformed or invalid/i.test(words)
  if (status === 401 || (isRevoked && isOld) || /has expired|token included in the request is expired/i.test(words)) {
    return { outcome: 'token_expired', detail: 'the access token has expired', nextStep: nothingToDo }
  }
  if (isRevoked) {
    return {
      outcome: 'authorisation_revoked',
      detail: 'Amazon says the access token is revoked or invalid',
      nextStep: 'authorise the account again: lockstep accounts authorise <account>',
    }
  }
  if (error?.code === 'MissingAuthenticationToken') {
    return {
      outcome: 'invalid_data',
      detail: `Amazon does not know the path of ${operation.name}`,
      nextStep: 'report it: the call is not the caller’s fault',
    }
  }
  return classifyMissingRight(operation, context)
}

/** Amazon answers alike to a missing role and to a seller of another region. The role being there, and nothing having ever worked, tells them apart. */
function classifyMissingRight(operation: Operation, context: CallContext): Verdict {
  if (context.everAccepted === false && context.grantedRoles?.includes(operation.role)) {
    return {
      outcome: 'wrong_region',
      detail: `Amazon denies ${operation.name} though the role is there and has never accepted a call of this connection`,
      nextStep: 'check the region of the account: a seller of another region needs a connection of that region',
    }
  }
  return {
    outcome: 'denied',
    detail: `Amazon denies ${operation.name}`,
    nextStep: `grant the role "${operation.role}" to the application, then authorise the account again`,
  }
}

/** The words of a 429 tell which limit ran dry; the three special ones are shared by all sellers. Source: SP-API, Listings Items rate limits. */
function levelOf(error: AmazonError | undefined): LimitLevel {
  return /for (the application|relationships|product data)/i.test(error?.message ?? '') ? 'application' : 'pair'
}

function wordsOf(status: number, error: AmazonError | undefined): string {
  if (!error) return `Amazon answered ${String(status)}`
  const text = [error.message, error.details].filter((part) => part !== '').join(' ')
  return `Amazon answered ${String(status)} ${error.code}: ${text.slice(0, 500)}`
}

/** The first error of a body, or undefined for anything that is no error list, HTML included. */
function firstError(body: Uint8Array): AmazonError | undefined {
  const parsed = ErrorsShape.safeParse(jsonOf(body))
  const first = parsed.success ? parsed.data.errors[0] : undefined
  return first && { code: first.code, message: first.message ?? '', details: first.details ?? '' }
}
