import type { Problem } from './refusal.ts'
import type { MoveKind } from './stock.ts'

/** What a ledger entry did to stock. `promise` leaves the shelf alone: units were set aside or given back. */
export type MovementKind = 'adjustment' | 'receipt' | 'despatch' | 'return' | 'transfer' | 'correction' | 'promise'

const kinds: Partial<Record<string, MovementKind>> = {
  stock_received: 'receipt',
  stock_returned: 'return',
  stock_corrected: 'correction',
  despatched: 'despatch',
  shipped_outside: 'despatch',
  transfer_sent: 'transfer',
  transfer_received: 'transfer',
  transfer_cancelled: 'transfer',
} satisfies Partial<Record<MoveKind, MovementKind>>

/** The kind of a ledger entry, by its cause and by whether the shelf changed. */
export function movementKindOf(causeKind: string | undefined, onHandChange: number): MovementKind {
  if (onHandChange === 0) return 'promise'
  return kinds[causeKind ?? ''] ?? 'adjustment'
}

/** The movements that people make by a difference, and how the ledger calls them. */
export type HandMovementKind = 'adjustment' | 'receipt' | 'return' | 'correction'

export const moveKindByHand = {
  adjustment: 'stock_adjusted',
  receipt: 'stock_received',
  return: 'stock_returned',
  correction: 'stock_corrected',
} as const satisfies Record<HandMovementKind, MoveKind>

/** What comes in is counted upwards: a receipt of less than nothing is something else. */
export function directionProblem(kind: HandMovementKind, delta: bigint): Problem | undefined {
  if (delta > 0n || kind === 'adjustment' || kind === 'correction') return undefined
  const message = `a ${kind} brings units in, so its difference is above 0: not ${delta}`
  const nextStep = 'give how many came in, or use an adjustment or a correction'
  return { reason: 'DELTA_INVALID', message, nextStep, field: 'delta', value: String(delta) }
}
