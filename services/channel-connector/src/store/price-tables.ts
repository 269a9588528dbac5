import type { ColumnType, Generated } from 'kysely'

type Moment = ColumnType<Date, Date | string | undefined, Date | string>

/** What became of a channel price: it waits to be handed on, a bulk job has it, or it is not sent. */
export type PriceState = 'waiting' | 'handed_on' | 'not_sent'

/** The newest channel price of an item in an account. */
export interface PriceChangeTable {
  account_id: string
  item_id: string
  /** Empty for a price from before it was kept. */
  item_sku: Generated<string>
  /** Inventory's: the newest wins. */
  version: number
  /** Null when it was taken away. */
  price_minor: number | null
  price_currency: string | null
  state: PriceState
  /** Why it waits or is not sent; empty when there is nothing to say. */
  detail: Generated<string>
  job_id: string | null
  state_at: Moment
}

/** Tables of channel prices. */
export interface PriceTables {
  price_change: PriceChangeTable
}
