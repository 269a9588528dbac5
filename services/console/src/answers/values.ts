import type { Cause } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'

import type { CauseAnswer } from '../wire/explanation.ts'

/** A UTC instant as text; null when absent. */
export const instant = (at: Date | undefined): string | null => at?.toISOString() ?? null

/** Text; null when empty. */
export const textOrNull = (text: string): string | null => (text === '' ? null : text)

/** A count of units. They stay far below 2⁵³: a level holds at most 1,000,000,000. */
export const units = (value: bigint): number => Number(value)

/** A count of units; null when absent. */
export const unitsOrNull = (value: bigint | undefined): number | null => (value === undefined ? null : Number(value))

/** `ORDER_STATE_OPEN` as `open`. */
export const enumWord = (value: string, prefix: string): string => value.replace(prefix, '').toLowerCase()

/** Why something happened. */
export const causeAnswer = (cause: Cause | undefined): CauseAnswer => ({
  kind: textOrNull(cause?.kind ?? ''),
  reference: textOrNull(cause?.reference ?? ''),
  actor: textOrNull(cause?.actor ?? ''),
  note: textOrNull(cause?.note ?? ''),
})
