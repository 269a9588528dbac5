import { textProblem } from '../domain/names.ts'
import { batchSizeProblem, deltaProblem } from '../domain/quantities.ts'
import { refused, type Refused } from '../domain/refusal.ts'
import type { NamedPlace } from './find-places.ts'
import { mostBatchLines } from './set-stock.ts'
import { runCommand, type CommandCall, type CommandDeps } from './stock-transaction.ts'
import { writeStockLines, type StockLinesResult } from './write-stock-lines.ts'

export interface AdjustStockCommand extends CommandCall {
  lines: readonly (NamedPlace & { delta: bigint })[]
  partial: boolean
  note: string
}

/** Moves on-hand by differences, which may not take it below 0. Differences of one place in one batch add up to one move. */
export async function adjustStock(deps: CommandDeps, command: AdjustStockCommand): Promise<StockLinesResult | Refused> {
  const { actor, idempotencyKey, ...request } = command
  const problem = batchSizeProblem(request.lines.length, mostBatchLines) ?? textProblem('note', request.note)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'adjust-stock', idempotencyKey, request }, (stock) =>
    writeStockLines(stock, {
      kind: 'stock_adjusted',
      lines: request.lines.map((line) => ({
        ...line,
        problem: deltaProblem(line.delta),
        change: { onHandBy: Number(line.delta) },
      })),
      partial: request.partial,
      cause: { reference: idempotencyKey, actor, note: request.note },
    }),
  )
}
