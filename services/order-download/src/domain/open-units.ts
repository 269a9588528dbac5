import type { OrderLine } from './order.ts'

/** What an order line still claims. Units that Amazon shows as shipped beyond our own despatches left by other hands. */
export function openUnits(line: Pick<OrderLine, 'ordered' | 'cancelled' | 'fulfilledOnAmazon' | 'despatched'>): number {
  const shippedOutside = Math.max(0, line.fulfilledOnAmazon - line.despatched)
  return Math.max(0, line.ordered - line.cancelled - line.despatched - shippedOutside)
}
