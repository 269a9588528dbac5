import type { Money } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'

/** ISO 8601 UTC, or null when there is no time. */
export const isoTime = (at: Date | undefined): string | null => at?.toISOString() ?? null

/** Null instead of an empty text. */
export const textOrNull = (text: string): string | null => (text === '' ? null : text)

/** The word of an enum's value: ORDER_STATE_OPEN with prefix ORDER_STATE_ is "open". */
export const enumWord = (value: string, prefix: string): string => value.replace(prefix, '').toLowerCase()

/** A JSON number. Throws a RangeError beyond 2^53, where a number would lie. */
export function jsonNumber(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${String(value)} is too large for a JSON number`)
  return number
}

/** A JSON number, or null when there is none. */
export const jsonNumberOrNull = (value: bigint | undefined): number | null =>
  value === undefined ? null : jsonNumber(value)

/** Minor units and currency, or null when Amazon does not say. */
export const moneyShape = (money: Money | undefined): { minor: number; currency: string } | null =>
  money ? { minor: jsonNumber(money.minor), currency: money.currency } : null
