import { openUnits } from './open-units.ts'
import type { Order } from './order.ts'

export type DespatchRefusal =
  | 'FULFILLED_BY_AMAZON'
  | 'QUARANTINED'
  | 'AWAITING_PAYMENT'
  | 'CANCELLED'
  | 'NOTHING_OPEN'
  | 'BUYER_CANCEL_REQUESTED'

export type DespatchCheck = { kind: 'allowed' } | { kind: 'refused'; reason: DespatchRefusal; detail: string }

/** Whether an order may leave our hands. `quarantineReason` is why its newest snapshot could not be read, when it could not. */
export function canDespatch(order: Order, quarantineReason: string | null): DespatchCheck {
  if (order.fulfilledBy === 'AMAZON') return refused('FULFILLED_BY_AMAZON', 'Amazon ships this order itself')
  if (quarantineReason !== null) {
    return refused('QUARANTINED', `what Amazon last said of it could not be read: ${quarantineReason}`)
  }
  if (order.state === 'parked') return refused('AWAITING_PAYMENT', `Amazon says ${order.channelStatus}`)
  if (order.state === 'cancelled') {
    return refused('CANCELLED', `Amazon says ${order.channelStatus} since ${order.channelUpdatedAt.toISOString()}`)
  }
  if (order.lines.every((line) => openUnits(line) === 0)) {
    return refused('NOTHING_OPEN', 'every line is despatched or cancelled')
  }
  if (order.buyerCancelRequested) {
    return refused('BUYER_CANCEL_REQUESTED', 'the buyer asked Amazon to cancel this order')
  }
  return { kind: 'allowed' }
}

function refused(reason: DespatchRefusal, detail: string): DespatchCheck {
  return { kind: 'refused', reason, detail }
}
