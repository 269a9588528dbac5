import { type CapabilityName, findCapability, type Fulfilment } from '@lockstep/sp-api/capabilities'

/** What kind of thing is wrong. Stable words. */
export type FindingClass =
  | 'throttled'
  | 'quota_shared'
  | 'denied'
  | 'authorisation_revoked'
  | 'application_credentials'
  | 'wrong_region'
  | 'invalid_data'
  | 'not_found'
  | 'outage'
  | 'unknown'
  | 'legacy_connection'
  | 'no_credentials'
  | 'consent_ends'
  | 'secret_ends'
  | 'shared_sku_conflict'
  | 'disabled_sibling'
  | 'fba_stock_summed'
  | 'lead_time_missing'
  | 'orders_behind'
  | 'feed_stuck'
  | 'feeds_stopped'
  | 'zeros_held'
  | 'not_sending'
  | 'unverified'
  | 'drift'

/** Whether a person must act, or only wait, or only know. */
export type Urgency = 'act' | 'wait' | 'know'

/** Calls of one kind that are affected, counted since the present incident began; at most 24 hours back. */
export interface AffectedOperation {
  operation: string
  type: string
  count: number
  lastAt: Date
  errorCode: string
}

/** A SKU that is affected, and whose it is. */
export interface AffectedSku {
  channelSku: string
  accounts: readonly string[]
  detail: string
}

/** One thing that is wrong, with the one next step. */
export interface Finding {
  class: FindingClass
  urgency: Urgency
  summary: string
  capability: CapabilityName | ''
  roles: readonly string[]
  touches: Fulfilment
  since: Date | undefined
  /** When it ended; undefined while it lasts. */
  endedAt: Date | undefined
  operations: readonly AffectedOperation[]
  skus: readonly AffectedSku[]
  skuCount: number
  limitLevel: string
  retriedAt: Date | undefined
  nextStep: string
}

/** One thing that was looked at. */
export interface Check {
  check: string
  ok: boolean
  detail: string
}

type Given = Pick<Finding, 'class' | 'urgency' | 'summary' | 'nextStep'> & Partial<Finding>

/** A finding: what is not said is empty, and it touches both ways of fulfilling. */
export function finding(given: Given): Finding {
  return {
    capability: '',
    roles: [],
    touches: 'FBM and FBA',
    since: undefined,
    endedAt: undefined,
    operations: [],
    skus: [],
    skuCount: given.skus?.length ?? 0,
    limitLevel: '',
    retriedAt: undefined,
    ...given,
  }
}

/** What a finding about a capability says of it: its roles, and which way of fulfilling it touches. */
export function aboutCapability(name: string): Pick<Finding, 'capability' | 'roles' | 'touches'> {
  const known = findCapability(name)
  return known
    ? { capability: known.name, roles: known.roles, touches: known.touches }
    : { capability: '', roles: [], touches: 'FBM and FBA' }
}

const urgencies: readonly Urgency[] = ['act', 'wait', 'know']

/** The most urgent first; among equals the order in which they were found. */
export function byUrgency(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => urgencies.indexOf(a.urgency) - urgencies.indexOf(b.urgency))
}
