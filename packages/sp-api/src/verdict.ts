import type { attributeLimits, LimitLevel } from '@lockstep/pacing/model-limits'

import type { CapabilityName, CapabilityNeed } from './capabilities.ts'

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
  /** Which bucket of that level, where several operations share one. */
  readonly throttledBucket?: keyof typeof attributeLimits
  /** How long Amazon asks to wait, on the rare answer that says so. */
  readonly retryAfterMs?: number
  /** Amazon's error code. */
  readonly errorCode?: string
  /** Of a denied call: what it was for. */
  readonly capability?: CapabilityName
  /** Of a denied call: Amazon's role that would allow it. */
  readonly role?: string
  /** Of invalid data: the field that Amazon names. */
  readonly field?: string
}

/** What is known beside the answer. Everything is optional: without it the classifier says less, never something else. */
export interface CallContext {
  /** How old the access token was. One past its hour is called revoked by Amazon, and is only old. */
  readonly tokenAgeMs?: number
  /** The roles the application is known to hold for this seller. */
  readonly grantedRoles?: readonly string[]
  /** The roles whose calls Amazon denies this connection. */
  readonly deniedRoles?: readonly string[]
  /** Whether this connection has ever had a call accepted in its region. */
  readonly everAccepted?: boolean
  /** What the call draws on; by its operation alone when absent. */
  readonly need?: CapabilityNeed
  /** The names of the call's parameters and of its body's fields. */
  readonly fields?: readonly string[]
}
