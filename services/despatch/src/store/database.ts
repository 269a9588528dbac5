import type { PlatformTables } from '@lockstep/postgres/platform-tables'
import type { Generated } from 'kysely'

import type { DespatchState } from '../domain/despatch.ts'

/** One parcel; the row is its own work order: due at next_attempt_at. */
export interface DespatchTable {
  id: string
  order_id: string
  channel_order_id: string
  account_id: string
  connection_id: string
  marketplace_id: string
  fulfilled_by: 'MERCHANT'
  parcel: number
  carrier: string
  carrier_name: string
  service: string
  tracking: string
  state: DespatchState
  attempts: Generated<number>
  failures: Generated<number>
  next_attempt_at: Date | null
  sending_since: Date | null
  released_at: Date | null
  error: Generated<string>
  actor: string
  despatched_at: Date
  snapshot_at: Date
  claimed_by: string | null
  claimed_until: Date | null
  claim_attempts: Generated<number>
}

/** Units of an order line in a despatch. */
export interface DespatchLineTable {
  despatch_id: string
  order_line_id: string
  channel_line_id: string
  item_id: string
  location_id: string
  quantity: number
}

/** What was sent to Amazon and what came back; append-only. */
export interface DespatchAttemptTable {
  despatch_id: string
  number: number
  at: Generated<Date>
  outcome: string
  detail: string
}

/** The database of this service. */
export interface DespatchDb extends PlatformTables {
  despatch: DespatchTable
  despatch_line: DespatchLineTable
  despatch_attempt: DespatchAttemptTable
}
