import type { Problem } from './refusal.ts'

/** The most units that one line may speak of, and that stock by hand may bring together in one place. */
export const mostUnits = 1_000_000_000

/** On-hand as a person counts it: shelves hold no negative numbers. */
export function onHandProblem(onHand: bigint): Problem | undefined {
  if (onHand >= 0n && onHand <= mostUnits) return undefined
  const message = `on-hand ${onHand} is not between 0 and 1,000,000,000`
  return { reason: 'QUANTITY_INVALID', message, field: 'on_hand', value: String(onHand) }
}

export function deltaProblem(delta: bigint): Problem | undefined {
  const size = delta < 0n ? -delta : delta
  if (size > 0n && size <= mostUnits) return undefined
  const message = size === 0n ? 'a difference of 0 changes nothing' : `the difference ${delta} is beyond 1,000,000,000`
  return { reason: 'DELTA_INVALID', message, field: 'delta', value: String(delta) }
}

export function reservedQuantityProblem(quantity: bigint): Problem | undefined {
  if (quantity >= 1n && quantity <= mostUnits) return undefined
  const message = `${quantity} units cannot be reserved: ask for 1 to 1,000,000,000`
  return { reason: 'QUANTITY_INVALID', message, field: 'quantity', value: String(quantity) }
}

export function transferQuantityProblem(quantity: bigint): Problem | undefined {
  if (quantity >= 1n && quantity <= mostUnits) return undefined
  const message = `${quantity} units cannot be on their way: give 1 to 1,000,000,000`
  return { reason: 'QUANTITY_INVALID', message, field: 'quantity', value: String(quantity) }
}

/** A batch is refused as a whole, partial or not, when it has no lines or too many. */
export function batchSizeProblem(lines: number, most: number): Problem | undefined {
  if (lines === 0) return { reason: 'BATCH_EMPTY', message: 'the request has no lines', field: 'lines', value: '0' }
  if (lines <= most) return undefined
  const message = `the request has ${lines} lines, the most is ${most}`
  return { reason: 'BATCH_TOO_LARGE', message, field: 'lines', value: String(lines) }
}
