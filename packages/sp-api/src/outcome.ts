import { type AmazonError, fieldNamedBy, firstError, wordsOf } from './amazon-error.ts'
import { capabilityOfCall } from './capabilities.ts'
import { jsonOf } from './call.ts'
import { classifyDenial } from './denial.ts'
import type { Operation } from './operations.ts'
import type { HttpAnswer } from './transport.ts'
import type { CallContext, Verdict } from './verdict.ts'

export type { CallContext, CallOutcome, Verdict } from './verdict.ts'

const nothingToDo = 'do nothing: it is tried again by itself'

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

function classifyRefusal(answer: Answered, operation: Operation, context: CallContext): Verdict {
  const { status, body, headers } = answer
  const error = firstError(body, headers)
  const errorCode = error && { errorCode: error.code }
  const detail = wordsOf(status, error)
  // The status decides before any word does: a 429 is never a denial and a 403 never a limit, whatever their texts say.
  if (status === 429) {
    const level = { ...throttledBy(error), ...retryAfterOf(headers) }
    return { outcome: 'throttled', detail, nextStep: nothingToDo, ...level, ...errorCode }
  }
  if (status === 401 || status === 403) {
    const need = context.need ?? capabilityOfCall({ operation, target: '', body: new Uint8Array() })
    return { ...classifyDenial({ status, error, need }, operation, context), ...errorCode }
  }
  if (status === 404)
    return { outcome: 'not_found', detail, nextStep: 'check that it still exists at Amazon', ...errorCode }
  if (status >= 500) return { outcome: 'outage', detail, nextStep: nothingToDo, ...errorCode }
  return { ...classifyInvalid(error, context), detail, ...errorCode }
}

/** A 400 may also be a role that is missing for some of the data asked for. */
function classifyInvalid(error: AmazonError | undefined, context: CallContext): Omit<Verdict, 'detail'> {
  if (/does not have access to one or more requested data elements/i.test(error?.message ?? '')) {
    const role = 'Direct to Consumer Shipping'
    const nextStep = `grant the role "${role}" to the application, then authorise the account again: lockstep accounts authorise <account>`
    return { outcome: 'denied', nextStep, capability: 'addresses', role }
  }
  const field = fieldNamedBy(error, context.fields ?? [])
  if (field === undefined) return { outcome: 'invalid_data', nextStep: 'correct the value that Amazon names' }
  return { outcome: 'invalid_data', nextStep: `correct ${field}: Amazon does not take its value`, field }
}

/** Not documented for this API; kept to when it comes, up to an hour. */
function retryAfterOf(headers: Readonly<Record<string, string>>): { retryAfterMs?: number } {
  const seconds = Number(headers['retry-after'] ?? '')
  return Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: Math.min(seconds, 3_600) * 1_000 } : {}
}

/** The words of a 429 tell which limit ran dry; the three special ones are shared by all sellers. Source: SP-API, Listings Items rate limits. */
function throttledBy(error: AmazonError | undefined): Pick<Verdict, 'throttledLevel' | 'throttledBucket'> {
  const words = /for (the application|relationships|product data)/i.exec(error?.message ?? '')?.[1]?.toLowerCase()
  if (words === 'relationships') return { throttledLevel: 'application', throttledBucket: 'relationships' }
  if (words === 'product data') return { throttledLevel: 'application', throttledBucket: 'productData' }
  return { throttledLevel: words === undefined ? 'pair' : 'application' }
}
