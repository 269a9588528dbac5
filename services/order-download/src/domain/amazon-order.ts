import type { FulfilledBy, Money } from './order.ts'

/** One order as Amazon showed it, in our words and without buyer data. */
export interface AmazonOrder {
  channelOrderId: string
  /** Empty when Amazon names none, as for sales outside its own channels. */
  marketplaceId: string
  /** Its country code, or the id when nobody knows it. */
  marketplace: string
  createdAt: Date
  updatedAt: Date
  status: string
  fulfilledBy: FulfilledBy
  shipBy: Date | null
  programs: string[]
  lines: AmazonOrderLine[]
}

export interface AmazonOrderLine {
  channelLineId: string
  channelSku: string
  title: string
  quantityOrdered: number
  /** Null while Amazon does not say. */
  quantityFulfilled: number | null
  quantityUnfulfilled: number | null
  price: Money | null
  buyerCancelRequested: boolean
}

const LARGEST_QUANTITY = 1_000_000_000

/** What makes an order impossible to book, in words for a person; undefined when nothing does. */
export function contradictionIn(order: AmazonOrder): string | undefined {
  if (order.lines.length === 0) return 'it has no lines'
  const ids = new Set(order.lines.map((line) => line.channelLineId))
  if (ids.size < order.lines.length) return 'two of its lines carry the same order item id'
  for (const line of order.lines) {
    const wrong = wrongQuantity(line)
    if (wrong) return `line ${line.channelLineId}: ${wrong}`
  }
  return undefined
}

function wrongQuantity(line: AmazonOrderLine): string | undefined {
  const quantities = {
    quantityOrdered: line.quantityOrdered,
    quantityFulfilled: line.quantityFulfilled ?? 0,
    quantityUnfulfilled: line.quantityUnfulfilled ?? 0,
  }
  for (const [name, value] of Object.entries(quantities)) {
    if (!Number.isSafeInteger(value) || value < 0 || value > LARGEST_QUANTITY) {
      return `${name} ${value} is not a whole number from 0 to 1,000,000,000`
    }
  }
  if (quantities.quantityFulfilled > quantities.quantityOrdered) {
    return `quantityFulfilled ${quantities.quantityFulfilled} is more than quantityOrdered ${quantities.quantityOrdered}`
  }
  return undefined
}
