import type { Order, OrderLine } from './order.ts'
import { findingOf, type ResolvedPlace } from './take-in.ts'

/** Where lines of a SKU belong by now, and the account of the order's marketplace. */
export interface Placement {
  account: { id: string; marketplace: string } | null
  placeOf(channelSku: string): ResolvedPlace | undefined
}

/** Fills what is still unknown of an order's lines and account; what is known stays. Undefined when nothing is new. */
export function placeLines(stored: Order, placement: Placement): Order | undefined {
  const lines = stored.lines.map((line) => placed(line, stored, placement))
  const account = stored.accountId === null ? placement.account : null
  const isNew = account !== null || lines.some((line, index) => line !== stored.lines[index])
  if (!isNew) return undefined
  const accountId = account?.id ?? stored.accountId
  return {
    ...stored,
    accountId,
    marketplace: account?.marketplace ?? stored.marketplace,
    finding: findingOf(stored.channelStatus, accountId),
    locationId: stored.locationId ?? lines.find((line) => line.locationId !== null)?.locationId ?? null,
    revision: stored.revision + 1,
    lines,
  }
}

function placed(line: OrderLine, order: Order, placement: Placement): OrderLine {
  if (isPlaced(line, order)) return line
  const place = placement.placeOf(line.channelSku)
  if (!place) return line
  const locationId = order.fulfilledBy === 'AMAZON' ? null : (line.locationId ?? place.orderLocationId)
  const isLinked = line.itemId !== null
  const after = {
    ...line,
    listingId: isLinked ? line.listingId : (place.listingId ?? line.listingId),
    itemId: line.itemId ?? place.itemId,
    itemSku: isLinked ? line.itemSku : place.itemSku,
    locationId,
  }
  const isSame =
    after.listingId === line.listingId && after.itemId === line.itemId && after.locationId === line.locationId
  return isSame ? line : after
}

/** Whether a line's place is fixed: nothing that happens to links or locations moves it any more. */
export function isPlaced(line: OrderLine, order: Pick<Order, 'fulfilledBy'>): boolean {
  return line.itemId !== null && (line.locationId !== null || order.fulfilledBy === 'AMAZON')
}
