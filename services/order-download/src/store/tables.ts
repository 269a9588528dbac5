import type { ColumnType, Generated } from 'kysely'
import type { PlatformTables } from '@lockstep/postgres/platform-tables'
import type { FulfilledBy, OrderFinding, OrderState } from '../domain/order.ts'
import type { PollResult, PollWindow } from '../domain/poll-window.ts'

/** Written as JSON text, read as the value. */
type Json<T> = ColumnType<T, string, string>

interface ClaimColumns {
  claimed_by: Generated<string | null>
  claimed_until: Generated<Date | null>
  attempts: Generated<number>
}

export interface ConnectionPollTable extends ClaimColumns {
  connection_id: string
  seller_id: string
  /** Null while the connection has nothing to poll. */
  next_poll_at: Date | null
  /** The bound that Amazon echoed last; null before the first run of the connection. */
  cursor_at: Generated<Date | null>
  /** The window that is being read; null between windows. */
  poll_window: ColumnType<PollWindow | null, string | null, string | null>
  /** Until then only the open datasets are asked for, because Amazon refused the others. */
  open_data_only_until: Generated<Date | null>
  /** Rises with the end of each run, well or not. */
  run_count: Generated<number>
  last_poll_at: Generated<Date | null>
  last_poll_result: Generated<PollResult | null>
  last_poll_orders: Generated<number>
  last_poll_changed: Generated<number>
  last_poll_detail: Generated<string>
  created_at: Generated<Date>
}

export interface ChannelAccountTable {
  id: string
  connection_id: string
  name: string
  marketplace: string
  marketplace_id: string
  enabled: boolean
  go_live_at: Generated<Date | null>
  covered_until: Generated<Date | null>
}

export interface SalesOrderTable {
  id: string
  seller_id: string
  channel_order_id: string
  connection_id: string
  account_id: string | null
  marketplace: string
  marketplace_id: string
  fulfilled_by: FulfilledBy
  channel_status: string
  state: OrderState
  location_id: string | null
  revision: number
  created_at: Date
  channel_updated_at: Date
  received_at: Date
  read_at: Date
  ship_by: Date | null
  buyer_cancel_requested: boolean
  before_go_live: boolean
  programs: string[]
  finding: OrderFinding | null
  /** What Amazon sent, without buyer data. */
  payload: Json<unknown>
}

export interface OrderLineTable {
  id: string
  order_id: string
  position: number
  channel_line_id: string
  channel_sku: string
  title: string
  listing_id: string | null
  item_id: string | null
  item_sku: string | null
  location_id: string | null
  ordered: number
  cancelled: number
  fulfilled_on_amazon: number
  shipped_before_go_live: number
  price_minor: number | null
  price_currency: string | null
  /** Whether the connector must be asked again where the line belongs. */
  ask_place: boolean
}

export interface OrderLineDespatchTable {
  despatch_id: string
  order_line_id: string
  quantity: number
}

export interface PollChangeTable {
  connection_id: string
  order_id: string
  revision: number
}

export interface ResolutionDueTable extends ClaimColumns {
  connection_id: string
  next_at: Date | null
}

export interface AuditEntryTable {
  id: Generated<number>
  order_id: string
  at: Date
  text: string
  note: string
  actor: string
  cause: string
  old_value: string
  new_value: string
}

export interface QuarantinedOrderTable {
  id: string
  connection_id: string
  account_id: string | null
  seller_id: string
  source_key: string
  channel_order_id: string | null
  marketplace_id: string | null
  reason: string
  payload: Json<unknown>
  first_seen_at: Date
  last_seen_at: Date
  seen: Generated<number>
  resolved_at: Generated<Date | null>
}

/** This service's database. */
export interface OrderDownloadDb extends PlatformTables {
  connection_poll: ConnectionPollTable
  channel_account: ChannelAccountTable
  sales_order: SalesOrderTable
  order_line: OrderLineTable
  order_line_despatch: OrderLineDespatchTable
  poll_change: PollChangeTable
  resolution_due: ResolutionDueTable
  audit_entry: AuditEntryTable
  quarantined_order: QuarantinedOrderTable
}
