import type { OrderState } from './order.ts'

const states: Readonly<Record<string, OrderState>> = {
  PENDING_AVAILABILITY: 'parked',
  PENDING: 'parked',
  UNSHIPPED: 'open',
  PARTIALLY_SHIPPED: 'open',
  SHIPPED: 'processed',
  CANCELLED: 'cancelled',
  // Only orders that Amazon fulfils get this word.
  UNFULFILLABLE: 'cancelled',
}

/** The statuses of orders that still claim stock; only the first run of an account filters by them. */
export const openStatuses = ['UNSHIPPED', 'PARTIALLY_SHIPPED', 'PENDING', 'PENDING_AVAILABILITY'] as const

/** Whether Amazon's documentation names this status (Orders API 2026-01-01, fulfillmentStatus). */
export function isKnownStatus(status: string): boolean {
  return Object.hasOwn(states, status)
}

/** What a status of Amazon's means to us. A word nobody knows reserves and waits, like an unpaid order. */
export function stateOfStatus(status: string): OrderState {
  return isKnownStatus(status) ? (states[status] ?? 'parked') : 'parked'
}
