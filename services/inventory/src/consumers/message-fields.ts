import { UnprocessableMessageError } from '@lockstep/bus/consumer'
import type { StockPlace } from '../domain/stock.ts'

/** A count that can be one: not negative, and exact as a number. */
export function unitsOf(field: string, units: bigint): number {
  if (units >= 0n && units <= Number.MAX_SAFE_INTEGER) return Number(units)
  throw new UnprocessableMessageError(`${field} is ${units}, which is no count`)
}

/** Where a line takes its units from; undefined until both its item and its location are known. */
export function placeOf(itemId: string, locationId: string): StockPlace | undefined {
  return itemId === '' || locationId === '' ? undefined : { itemId, locationId }
}
