import type { PlatformTables } from '@lockstep/postgres/platform-tables'
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { LinePart } from '../domain/line-parts.ts'
import type { IncidentKind } from '../domain/incidents.ts'
import type { Cause, LocationKind } from '../domain/stock.ts'
import type { TransferState } from '../domain/transfers.ts'

export interface ItemTable {
  id: string
  sku: string
  title: string
  kit: Generated<boolean>
  created_at: Generated<Date>
  /** First byte of md5(id): which of the 256 digests counts the item. */
  digest_bucket: GeneratedAlways<number>
  /** Rises with each change of the item itself; its stock has versions of its own. */
  version: Generated<number>
  /** Locations in which nobody counts it. */
  untracked_in: Generated<string[]>
}

/** A kit, and when its levels are computed next; null while they are right. */
export interface KitTable {
  item_id: string
  due_at: Date | null
  /** A component whose change made it due. */
  due_component: string | null
  /** Times that computing it failed in a row. */
  attempts: Generated<number>
}

export interface KitComponentTable {
  kit_id: string
  component_id: string
  quantity: number
  of_kit: Generated<boolean>
  is_kit: Generated<boolean>
}

export interface LineMakeupTable {
  order_line_id: string
  item_id: string
  parts: ColumnType<LinePart[], string, never>
  fixed_at: Generated<Date>
}

export interface LocationTable {
  id: string
  name: string
  kind: LocationKind
  is_default: Generated<boolean>
  created_at: Generated<Date>
  /** Its levels and its history stay; it is named and offered no more. */
  removed_at: Generated<Date | null>
}

export interface StockLevelTable {
  item_id: string
  location_id: string
  on_hand: Generated<number>
  reserved: Generated<number>
  held: Generated<number>
  /** What of `held` each hold makes up; null when nothing is held. */
  holds: Record<string, number> | null
  available: GeneratedAlways<number>
  version: Generated<number>
  figure_at: Date | null
}

export interface StockMovementTable {
  id: GeneratedAlways<number>
  item_id: string
  location_id: string
  on_hand_change: number
  reserved_change: number
  held_change: number
  on_hand_after: number
  reserved_after: number
  /** Null in entries from before it was kept. */
  held_after: number | null
  version: number
  cause: ColumnType<Cause, string, never>
  at: Generated<Date>
}

export interface ReservationTable {
  id: string
  reference: string
  actor: string
  created_at: Generated<Date>
  released_at: Date | null
}

export interface ReservationLineTable {
  reservation_id: string
  item_id: string
  location_id: string
  quantity: number
}

export interface OrderBooksTable {
  order_id: string
  revision: Generated<number>
  moves_stock: Generated<boolean>
  /** Where a person has moved the order to. */
  location_id: string | null
}

export interface LineBooksTable {
  order_line_id: string
  order_id: string
  item_id: string | null
  location_id: string | null
  ordered: number
  cancelled: number
  fulfilled_on_amazon: number
  despatched: number
  reserved: number
  taken: number
}

export interface CountedDespatchTable {
  despatch_id: string
  order_id: string
  counted_at: Generated<Date>
}

/** What a channel sold of a SKU and nobody has downloaded, by its newest statement. */
export interface ChannelHoldTable {
  hold_id: string
  version: number
  connection_id: string
  channel_sku: string
  item_id: string | null
  location_id: string | null
  falls: ColumnType<unknown, string, string>
  units: number
  changed_at: Generated<Date>
}

/** Sales of channels by order line, which explain what their levels fell by. */
export interface ChannelSaleTable {
  order_line_id: string
  order_id: string
  connection_id: string
  channel_sku: string
  sold_at: Date
  units: number
}

/** What a person should look at, open until it ends. */
export interface StockIncidentTable {
  id: Generated<string>
  kind: IncidentKind
  item_id: string
  location_id: string
  /** Tells several of one kind in one place apart. */
  reference: Generated<string>
  units: number
  worst_units: number
  cause: ColumnType<Partial<Cause>, string, never>
  opened_at: Generated<Date>
  opened_version: number
  closed_at: Date | null
  closed_version: number | null
  closing_cause: ColumnType<Partial<Cause> | null, string, string>
}

/** The one account whose figures an FBA location shows. */
export interface FbaLocationTable {
  account_id: string
  location_id: string
}

/** An account and the locations it works with, as it last said. */
export interface LocationUserTable {
  account_id: string
  name: string
  location_ids: string[]
  order_location_id: string | null
  told_at: Date
  /** What the account's marketplace sells in; empty while that is not known. */
  currency: Generated<string>
}

export interface TransferTable {
  id: string
  from_location_id: string
  to_location_id: string
  state: TransferState
  reference: string
  note: string
  actor: string
  sent_at: Generated<Date>
  ended_at: Date | null
}

export interface TransferLineTable {
  transfer_id: string
  item_id: string
  sent: number
  received: Generated<number>
  returned: Generated<number>
}

export interface InventoryDb extends PlatformTables {
  item: ItemTable
  location: LocationTable
  stock_level: StockLevelTable
  stock_movement: StockMovementTable
  reservation: ReservationTable
  reservation_line: ReservationLineTable
  order_books: OrderBooksTable
  line_books: LineBooksTable
  counted_despatch: CountedDespatchTable
  kit: KitTable
  kit_component: KitComponentTable
  line_makeup: LineMakeupTable
  channel_hold: ChannelHoldTable
  channel_sale: ChannelSaleTable
  stock_incident: StockIncidentTable
  fba_location: FbaLocationTable
  location_user: LocationUserTable
  transfer: TransferTable
  transfer_line: TransferLineTable
}
