/**
 * What came of a call.
 * `not_sent`, and the three that a held connection answers (`authorisation_revoked`, `application_credentials`, `wrong_region`), mean: nothing was done.
 * `unknown` means: it may have been done.
 */
export type AmazonOutcome =
  | 'accepted'
  | 'throttled'
  | 'denied'
  | 'authorisation_revoked'
  | 'application_credentials'
  | 'wrong_region'
  | 'invalid_data'
  | 'not_found'
  | 'outage'
  | 'unknown'
  | 'not_sent'

/** What Amazon answered, and what it means. */
export interface AmazonReply {
  /** HTTP status; 0 when no answer came or nothing was sent. */
  status: number
  /** In lower case, those that matter. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  outcome: AmazonOutcome
  /** What it means, in words. */
  detail: string
  /** The one next step, or that none is needed. */
  nextStep: string
  /** Amazon's own time from its Date header; undefined when no answer came. */
  amazonTime: Date | undefined
  /** Set with `throttled`, and with `not_sent` for want of a token: when a token is likely. */
  throttledUntil?: Date
}
