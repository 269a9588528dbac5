import type { DespatchReason } from '@lockstep/contracts/reasons'

import type { DespatchLine } from './despatch.ts'

/** An order line as the order shows it, with what this service has despatched of it. */
export interface OrderLineBooks {
  readonly orderLineId: string
  readonly channelLineId: string
  readonly itemId: string
  readonly locationId: string
  readonly ordered: number
  readonly cancelled: number
  readonly fulfilledOnAmazon: number
  readonly despatched: number
}

/** What the caller wants to send of one line. */
export interface WantedLine {
  readonly orderLineId: string
  readonly quantity: number
}

/** The lines of a despatch, or why there is none. */
export type ChosenLines =
  | { readonly kind: 'chosen'; readonly lines: readonly DespatchLine[] }
  | { readonly kind: 'refused'; readonly reason: DespatchReason; readonly detail: string; readonly value: string }

/** What a line still claims: not cancelled, not despatched here, not shipped outside of here. */
export function openUnits(line: OrderLineBooks): number {
  const shippedOutside = Math.max(0, line.fulfilledOnAmazon - line.despatched)
  return Math.max(0, line.ordered - line.cancelled - line.despatched - shippedOutside)
}

/** Everything that is open when nothing is named; otherwise the named units, which must be open. */
export function chooseLines(books: readonly OrderLineBooks[], wanted: readonly WantedLine[]): ChosenLines {
  const named =
    wanted.length > 0 ? wanted : books.map((line) => ({ orderLineId: line.orderLineId, quantity: openUnits(line) }))
  const lines: DespatchLine[] = []
  for (const { orderLineId, quantity } of named.filter((line) => wanted.length > 0 || line.quantity > 0)) {
    const line = books.find((candidate) => candidate.orderLineId === orderLineId)
    if (!line) return refused('LINE_UNKNOWN', `"${orderLineId}" is not a line of this order`, orderLineId)
    if (lines.some((chosen) => chosen.orderLineId === orderLineId)) {
      return refused('LINE_UNKNOWN', `line ${orderLineId} is named twice`, orderLineId)
    }
    const open = openUnits(line)
    if (quantity < 1 || quantity > open) {
      return refused(
        'QUANTITY_NOT_OPEN',
        `${String(open)} of line ${orderLineId} are open, ${String(quantity)} were named`,
        String(quantity),
      )
    }
    const { channelLineId, itemId, locationId } = line
    // Goods that leave without an item would never leave the ledger.
    if (itemId === '' || locationId === '') {
      return refused('LINE_UNLINKED', `line ${orderLineId} is not linked to an item with a location`, orderLineId)
    }
    lines.push({ orderLineId, channelLineId, itemId, locationId, quantity })
  }
  return lines.length > 0
    ? { kind: 'chosen', lines }
    : refused('NOTHING_OPEN', 'every line is despatched or cancelled', '')
}

const refused = (reason: DespatchReason, detail: string, value: string): ChosenLines => ({
  kind: 'refused',
  reason,
  detail,
  value,
})
