import type { DespatchReason } from '@lockstep/contracts/reasons'

import type { OrderLineBooks } from '../domain/choose-lines.ts'
import type { OrderOnAmazon } from '../domain/read-back.ts'

/** An order as order-download shows it at this moment. */
export interface OrderRead {
  readonly orderId: string
  readonly channelOrderId: string
  readonly accountId: string
  readonly connectionId: string
  readonly marketplaceId: string
  readonly snapshotAt: Date
  /** Why it may not be despatched here; undefined when it may. */
  readonly refusal: { readonly reason: DespatchReason; readonly detail: string } | undefined
  readonly lines: readonly Omit<OrderLineBooks, 'despatched'>[]
}

/** What a despatch needs to know of an account. */
export interface AccountRead {
  readonly enabled: boolean
  readonly despatchNotes: boolean
}

/** What came of telling Amazon. */
export type ConfirmOutcome =
  | { readonly kind: 'accepted' }
  /** Amazon found something wrong with it. `alreadyShipped` when its words say that the order was shipped before: ask, do not repeat. */
  | { readonly kind: 'refused'; readonly detail: string; readonly alreadyShipped: boolean }
  /** Nothing was done; another try later may do. */
  | { readonly kind: 'not_done'; readonly detail: string; readonly retryAt: Date | undefined; readonly counts: boolean }
  /** It may or may not have been done. */
  | { readonly kind: 'unknown'; readonly detail: string }

/** What came of reading an order back from Amazon. */
export type ReadOutcome =
  | { readonly kind: 'read'; readonly order: OrderOnAmazon }
  | { readonly kind: 'not_read'; readonly detail: string; readonly retryAt: Date | undefined }

/** A peer did not answer, so nothing was decided. */
export class PeerUnavailableError extends Error {
  override readonly name = 'PeerUnavailableError'
  readonly peer: string

  constructor(peer: string, cause: unknown) {
    super(`${peer} does not answer`, { cause })
    this.peer = peer
  }
}
