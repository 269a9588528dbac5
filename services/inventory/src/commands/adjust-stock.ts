import { directionProblem, moveKindByHand, type HandMovementKind } from '../domain/movement-kinds.ts'
import { batchSizeProblem, deltaProblem } from '../domain/quantities.ts'
import { refused, type Refused } from '../domain/refusal.ts'
import type { NamedPlace } from './find-places.ts'
import { mostBatchLines, wordsProblem } from './set-stock.ts'
import { runCommand, type CommandCall, type CommandDeps } from './stock-transaction.ts'
import { writeStockLines, type StockLinesResult } from './write-stock-lines.ts'

export interface AdjustStockCommand extends CommandCall {
  lines: readonly (NamedPlace & { delta: bigint })[]
  partial: boolean
  note: string
  /** What it belongs to, such as a purchase order; the idempotency key when not given. */
  reference?: string | undefined
  /** How the ledger calls it; an adjustment when not given. */
  kind?: HandMovementKind | undefined
}

/** Moves on-hand by differences, which may not take it below 0. Differences of one place in one batch add up to one move. */
export async function adjustStock(deps: CommandDeps, command: AdjustStockCommand): Promise<StockLinesResult | Refused> {
  const { actor, idempotencyKey, ...request } = command
  const problem = batchSizeProblem(request.lines.length, mostBatchLines) ?? wordsProblem(request)
  if (problem) return refused(problem)
  const { kind = 'adjustment' } = request
  return runCommand(deps, { name: 'adjust-stock', idempotencyKey, request }, (stock) =>
    writeStockLines(stock, {
      kind: moveKindByHand[kind],
      lines: request.lines.map((line) => ({
        ...line,
        problem: deltaProblem(line.delta) ?? directionProblem(kind, line.delta),
        change: { onHandBy: Number(line.delta) },
      })),
      partial: request.partial,
      cause: { reference: request.reference || idempotencyKey, actor, note: request.note },
    }),
  )
}
