/** A call to Amazon, without anything that was in it. Times are UTC instants. */
export interface CallAnswer {
  readonly id: string
  readonly at: string | null
  readonly sellerId: string
  readonly region: string
  readonly operation: string
  /** Feed or report type. */
  readonly type: string | null
  /** HTTP status; null when no answer came. */
  readonly status: number | null
  readonly class: string
  readonly limitLevel: string | null
  readonly errorCode: string | null
  readonly requestId: string | null
}

export interface CallPage {
  readonly calls: readonly CallAnswer[]
  readonly nextPageToken: string | null
}

/** One thing that is wrong with an account, and the one next step. */
export interface FindingAnswer {
  readonly class: string
  readonly urgency: 'act' | 'wait' | 'know'
  readonly summary: string
  readonly capability: string | null
  readonly roles: readonly string[]
  readonly touches: string
  readonly since: string | null
  readonly nextStep: string
}

export interface DiagnosisAnswer {
  readonly account: string
  readonly findings: readonly FindingAnswer[]
  readonly checks: readonly { readonly check: string; readonly ok: boolean; readonly detail: string }[]
}
