import type { LimitLevel } from '@lockstep/pacing/model-limits'
import { z } from 'zod'

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

/**
 * The one place that decides what an answer of Amazon means. It looks at status, body and operation together, because the same 403 stands for a missing
 * role, an expired token and a revoked authorisation, and because an outage may answer in HTML. Source: SP-API, error responses and their known bodies.
 */
export function classify(answer: HttpAnswer, operation: Operation): Verdict {
  switch (answer.kind) {
    case 'unsent':
      return { outcome: 'not_sent', detail: `Amazon could not be reached: ${answer.detail}`, nextStep: nothingToDo }
    case 'lost':
      return {
        outcome: 'unknown',
        detail: `no whole answer came: ${answer.detail}`,
        nextStep: 'do nothing: it is asked about',
      }
    case 'answered':
      return classifyStatus(answer.status, firstError(answer.body), operation)
    default:
      return answer satisfies never
  }
}

function classifyStatus(status: number, error: AmazonError | undefined, operation: Operation): Verdict {
  const errorCode = error && { errorCode: error.code }
  const words = wordsOf(status, error)
  if (status >= 200 && status < 300) return { outcome: 'accepted', detail: '', nextStep: '' }
  if (status === 429) {
    return { outcome: 'throttled', detail: words, nextStep: nothingToDo, throttledLevel: levelOf(error), ...errorCode }
  }
  if (status === 401 || status === 403) return { ...classifyDenial(error, operation), ...errorCode }
  if (status === 404)
    return { outcome: 'not_found', detail: words, nextStep: 'check that it still exists at Amazon', ...errorCode }
  if (status >= 500) return { outcome: 'outage', detail: words, nextStep: nothingToDo, ...errorCode }
  return { outcome: 'invalid_data', detail: words, nextStep: 'correct the value that Amazon names', ...errorCode }
}

/** Amazon says expired, revoked and missing only in the details of one and the same error. */
function classifyDenial(error: AmazonError | undefined, operation: Operation): Verdict {
  const words = `${error?.message ?? ''} ${error?.details ?? ''}`
  if (/has expired|token included in the request is expired/i.test(words)) {
    return { outcome: 'token_expired', detail: 'the access token has expired', nextStep: nothingToDo }
  }
  if (/revoked|malformed or invalid/i.test(words)) {
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
  return {
    outcome: 'denied',
    detail: `Amazon denies ${operation.name}`,
    nextStep: `grant the role "${operation.role}" to the application, then authorise the account again`,
  }
}

/** The words of a 429 tell which limit ran dry. Source: SP-API, Listings Items rate limits. */
function levelOf(error: AmazonError | undefined): LimitLevel {
  return /for the application/i.test(error?.message ?? '') ? 'application' : 'pair'
}

function wordsOf(status: number, error: AmazonError | undefined): string {
  if (!error) return `Amazon answered ${String(status)}`
  const text = [error.message, error.details].filter((part) => part !== '').join(' ')
  return `Amazon answered ${String(status)} ${error.code}: ${text.slice(0, 500)}`
}

/** The first error of a body, or undefined for anything that is no error list, HTML included. */
function firstError(body: Uint8Array): AmazonError | undefined {
  try {
    const parsed = ErrorsShape.safeParse(JSON.parse(Buffer.from(body).toString('utf8')))
    const first = parsed.success ? parsed.data.errors[0] : undefined
    return first && { code: first.code, message: first.message ?? '', details: first.details ?? '' }
  } catch {
    return undefined
  }
}
