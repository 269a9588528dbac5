import type { AmazonOrderLine } from './amazon-order.ts'

export interface LineQuantities {
  ordered: number
  cancelled: number
  fulfilledOnAmazon: number
}

/**
 * Amazon names no cancelled quantity: it is what an order line lacks once the status makes the other figures final.
 * A pending line has cancelled nothing, whatever its unfulfilled quantity says.
 */
export function quantitiesOf(status: string, line: AmazonOrderLine): LineQuantities {
  const ordered = line.quantityOrdered
  const fulfilled = line.quantityFulfilled
  switch (status) {
    case 'CANCELLED':
    case 'UNFULFILLABLE':
      return { ordered, cancelled: ordered - (fulfilled ?? 0), fulfilledOnAmazon: fulfilled ?? 0 }
    case 'SHIPPED':
      return { ordered, cancelled: missingUnits(line), fulfilledOnAmazon: fulfilled ?? ordered }
    case 'UNSHIPPED':
    case 'PARTIALLY_SHIPPED':
      return { ordered, cancelled: missingUnits(line), fulfilledOnAmazon: fulfilled ?? 0 }
    default:
      return { ordered, cancelled: 0, fulfilledOnAmazon: fulfilled ?? 0 }
  }
}

function missingUnits(line: AmazonOrderLine): number {
  if (line.quantityFulfilled === null || line.quantityUnfulfilled === null) return 0
  return Math.max(0, line.quantityOrdered - line.quantityFulfilled - line.quantityUnfulfilled)
}
