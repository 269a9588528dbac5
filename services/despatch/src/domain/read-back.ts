import type { Despatch } from './despatch.ts'

/** What Amazon shows of an order when it is read back. */
export interface OrderOnAmazon {
  readonly status: string
  readonly buyerCancelRequested: boolean
  /** Units shipped, by Amazon's order item id. */
  readonly fulfilled: ReadonlyMap<string, number>
  /** References of the packages that Amazon knows. */
  readonly packageReferences: readonly string[]
}

/** Whether Amazon shows a despatch as shipped: units of each of its lines at least as many as we have despatched of them so far. */
export function isShownAsShipped(
  despatch: Pick<Despatch, 'lines'>,
  despatched: ReadonlyMap<string, number>,
  fulfilled: ReadonlyMap<string, number>,
): boolean {
  return despatch.lines.every(
    (line) => (fulfilled.get(line.channelLineId) ?? 0) >= (despatched.get(line.channelLineId) ?? line.quantity),
  )
}

/** Why a despatch must not be sent now, or undefined when it may. A person may have released it despite the buyer's request; a cancelled order stays held. */
export function holdReason(
  order: Pick<OrderOnAmazon, 'status' | 'buyerCancelRequested'>,
  isReleased: boolean,
): string | undefined {
  if (order.status === 'CANCELLED') return 'the order was cancelled on Amazon: do not send the goods'
  if (order.buyerCancelRequested && !isReleased) {
    return 'the buyer asks to cancel: decide in Seller Central; if it is sent after all: lockstep orders send-again'
  }
  return undefined
}
