import type { ItemReference } from './listing.ts'

/** parked, open, processed, cancelled or quarantined. */
export type OrderStateWord = 'parked' | 'open' | 'processed' | 'cancelled' | 'quarantined' | 'unknown'

/** An order in a list. Times are UTC instants. */
export interface OrderSummary {
  readonly id: string
  readonly channelOrderId: string
  readonly accountId: string | null
  readonly marketplace: string
  readonly fulfilledBy: 'MERCHANT' | 'AMAZON' | null
  /** Amazon's own word. */
  readonly channelStatus: string
  readonly state: OrderStateWord
  readonly folder: string
  readonly createdAt: string | null
  readonly receivedAt: string | null
  readonly shipBy: string | null
  readonly buyerCancelRequested: boolean
  readonly lines: readonly { readonly channelSku: string; readonly title: string; readonly ordered: number }[]
}

export interface OrderPage {
  readonly orders: readonly OrderSummary[]
  readonly nextPageToken: string | null
}

/** One order, with what each service knows of it. */
export interface OrderAnswer {
  readonly order: Omit<OrderSummary, 'lines'> & {
    readonly channelUpdatedAt: string | null
    readonly beforeGoLive: boolean
    readonly programs: readonly string[]
    readonly location: string | null
  }
  readonly lines: readonly OrderLineAnswer[]
  /** Null when despatch could not be asked. */
  readonly despatches: readonly DespatchAnswer[] | null
  readonly canDespatch: boolean
  readonly cannotDespatch: { readonly code: string; readonly detail: string; readonly nextStep: string | null } | null
}

export interface OrderLineAnswer {
  readonly id: string
  readonly channelSku: string
  readonly title: string
  readonly item: ItemReference | null
  readonly ordered: number
  readonly cancelled: number
  readonly fulfilledOnAmazon: number
  /** Null when inventory could not be asked or has not heard of the line yet. */
  readonly books: { readonly despatched: number; readonly shippedOutside: number; readonly reserved: number } | null
  /** Units that may still be despatched. */
  readonly open: number
  readonly price: { readonly minor: number; readonly currency: string } | null
}

export interface DespatchAnswer {
  readonly id: string
  readonly parcel: string
  readonly carrier: string
  readonly service: string | null
  readonly tracking: string | null
  readonly state: string
  readonly attempts: number
  readonly nextAttemptAt: string | null
  readonly error: string | null
  readonly despatchedAt: string | null
  readonly lines: readonly { readonly orderLineId: string; readonly quantity: number }[]
}

/** One entry of an order's audit trail. */
export interface AuditEntryAnswer {
  readonly at: string | null
  readonly text: string
  readonly note: string | null
  readonly actor: string | null
  readonly cause: string | null
  readonly old: string | null
  readonly new: string | null
}

export interface AuditPage {
  readonly orderId: string
  /** Oldest first. */
  readonly entries: readonly AuditEntryAnswer[]
  readonly nextPageToken: string | null
}

/** What a person fills in to process an order. */
export interface ProcessOrderForm {
  readonly carrier: string
  readonly carrierName: string
  readonly service: string
  readonly tracking: string
  /** Everything open when empty. */
  readonly lines: readonly { readonly orderLineId: string; readonly quantity: number }[]
}
