import type { GroupInputs, HoldPlace } from './group-policy.ts'
import type { Cause, Fall, GroupState, QuantityLane, Reason, Sale } from './group-state.ts'

/*
 * What a group is told, and what it asks for: the events and actions of decide(). Times are those of group-state.ts.
 */

/** The downloaded sales of this SKU, as the caller's own table has them. Always complete from `since` on: it replaces what was known. */
export type SalesFigures = {
  /** Every order created at or after salesSince(state), by Amazon's second; the order of the list does not matter. */
  sales: Sale[]
  /** Units in orders created in or after the second of the acceptance named by `acceptedVersion`, net of cancelled ones. */
  soldSinceAccepted: number
  /** 0 when nothing was accepted yet. Figures for another acceptance do not touch `soldSinceAccepted`. */
  acceptedVersion: number
}

export type GroupEvent =
  /** Our side as it is now. Considered when it differs from what was last settled, or when the cause is `force_update` or `resend`. */
  | { kind: 'desired_changed'; inputs: GroupInputs; cause: Cause }
  /** A read of fulfillmentAvailability. `channels` are the fulfilment channel codes it showed. */
  | { kind: 'live_read'; quantity: number; leadTimeDays: number | null; channels: string[]; readAt: number }
  /** A read that Amazon answered with "no such SKU". */
  | { kind: 'live_missing'; readAt: number }
  | { kind: 'read_failed' }
  /** New sales figures, without a poll having ended. */
  | { kind: 'sales_recorded'; figures: SalesFigures }
  /** An order poll ended: everything up to `bound` (Amazon's time) is in `figures`. */
  | { kind: 'orders_covered'; bound: number; figures: SalesFigures }
  /** The service holds a slot and is about to open the socket; `at` is Amazon's time as it estimates it. No `proceed` in the answer = do not send. */
  | { kind: 'sending'; version: number; epoch: number; leaseUntil: number; at: number }
  /** The write travels in a feed: it is waited for until `leaseUntil`, and `submissionId` names the feed. */
  | { kind: 'fed'; version: number; epoch: number; leaseUntil: number; submissionId: string }
  /**
   * The feed `reference` held this SKU and has ended. It may have overwritten what was sent beside it, so the newest number goes out again: as a precaution
   * that may wait, when the feed carried no quantity.
   */
  | { kind: 'feed_ended'; reference: string; carriedQuantity: boolean }
  | { kind: 'accepted'; version: number; epoch: number; at: number; submissionId: string | null }
  /** Amazon said INVALID: permanent for these values and this data. */
  | { kind: 'refused'; version: number; epoch: number; issue: string }
  /** It certainly never took effect (throttled, denied, connection never opened): back in line, no attempt counted. */
  | { kind: 'not_sent'; version: number; epoch: number }
  /** It may have taken effect: timeout, cut connection, unreadable reply. */
  | { kind: 'outcome_unknown'; version: number; epoch: number }
  /** Whether a price of this SKU waits or is on its way: a raise from 0 would sell at the old one. */
  | { kind: 'price_pending'; pending: boolean }
  /** Time passed. Leases, guard deadlines and verification reads that are due happen here. */
  | { kind: 'tick' }

export type GroupAction =
  /** Read the SKU's live figures. `by` is when the answer is needed at the latest. */
  | { kind: 'read'; lane: 'guard' | 'verification'; by: number }
  /** Queue this write; it replaces any planned one of this group. */
  | {
      kind: 'send'
      version: number
      quantity: number
      leadTimeDays: number | null
      op: 'merge' | 'replace'
      lane: QuantityLane
      /** The listing whose marketplace the request names. */
      sendAs: string
      unguarded: boolean
      since: number
      freshUntil: number | null
      /** It gets no `proceed` before this; null = at once. It is asked for again when it may go. */
      notBefore: number | null
    }
  /** The answer to `sending`: open the socket now. */
  | { kind: 'proceed'; version: number; epoch: number }
  /** Tell the stock master, with the state: it comes only once. */
  | { kind: 'hold'; hold: HoldStatement }
  /** The planned write is not wanted any more. */
  | { kind: 'withdraw'; version: number }
  /** Amazon's level shows our write. */
  | { kind: 'seen'; version: number; quantity: number; at: number }
  | { kind: 'finding'; code: 'DRIFT' | 'UNVERIFIED' | 'NOT_MERCHANT_FULFILLED' | 'SKU_NOT_FOUND'; detail: string }
  /** Send a `tick` at or soon after `until`. */
  | { kind: 'wait'; until: number; reason: Reason }
  | { kind: 'none'; reason: Reason }

export type Decision = { state: GroupState; actions: GroupAction[] }

/**
 * A state being changed, with what has been decided so far. Internal to this package. Only the state's own fields and those of
 * its chain are copies that may be assigned; everything deeper belongs to the caller and is replaced, never changed.
 */
export type Draft = { state: GroupState; actions: GroupAction[] }

/**
 * What Amazon sold of this SKU and no downloaded order explains, for the stock master. The highest version of a SKU counts; without falls nothing is held.
 * Which of it is still held the books decide: `heldUnits`.
 */
export type HoldStatement = {
  version: number
  place: HoldPlace | null
  falls: SeenFall[]
  /** Units that no order explains, as far as the sender knows. */
  units: number
  /** Why less is held than before: an order poll explained it, or proved that no order does. */
  reason: 'unseen' | 'explained' | 'drift' | 'moved'
}

/** A fall of Amazon's level as it is told to others. */
export type SeenFall = Pick<Fall, 'from' | 'to' | 'readAt'>
