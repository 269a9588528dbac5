import type { ColumnType, Generated } from 'kysely'

type Moment = ColumnType<Date, Date | string, Date | string>
type GeneratedMoment = ColumnType<Date, Date | string | undefined, Date | string>

/** What Amazon last said to a kind of call: the only way to learn which roles are granted. One row per connection and kind of call that was ever made. */
export interface CapabilityStateTable {
  connection_id: string
  /** As sp-api names it. */
  capability: string
  operation: string
  /** Feed or report type, whose role it is; empty for other calls. */
  request_type: Generated<string>
  /** `unknown` again after a new authorisation, until it is tried. */
  state: 'working' | 'refused' | 'unknown'
  since: Moment
  /** Written at most once a minute while nothing changes. */
  noted_at: Moment
  /** When it last worked; null when it never did. */
  worked_at: ColumnType<Date | null, Date | string | null, Date | string | null>
}

/** A seller's consent that was asked for. The state that comes back is kept as its hash alone. */
export interface AuthorisationTable {
  id: string
  state_hash: Uint8Array
  account_id: string
  connection_id: string
  /** `used`: it came back, and its code is being exchanged. */
  state: Generated<'waiting' | 'used' | 'completed' | 'refused'>
  detail: Generated<string>
  begun_at: GeneratedMoment
  expires_at: Moment
}

/** The tables of diagnosis and authorisation. */
export interface DiagnosisTables {
  capability_state: CapabilityStateTable
  authorisation: AuthorisationTable
}
