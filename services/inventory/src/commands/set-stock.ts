import { textProblem } from '../domain/names.ts'
import { batchSizeProblem, onHandProblem } from '../domain/quantities.ts'
import { refused, type Problem, type Refused } from '../domain/refusal.ts'
import type { NamedPlace } from './find-places.ts'
import { runCommand, type CommandCall, type CommandDeps } from './stock-transaction.ts'
import { writeStockLines, type StockLinesResult } from './write-stock-lines.ts'

/** As many lines as one batch may have. */
export const mostBatchLines = 1_000

export interface SetStockCommand extends CommandCall {
  lines: readonly (NamedPlace & { onHand: bigint })[]
  partial: boolean
  note: string
  /** What it belongs to, such as a purchase order; the idempotency key when not given. */
  reference?: string | undefined
}

/** Sets on-hand to absolute numbers, never available: reservations stay. A number that is there already writes nothing and announces nothing. */
export async function setStock(deps: CommandDeps, command: SetStockCommand): Promise<StockLinesResult | Refused> {
  const { actor, idempotencyKey, ...request } = command
  const problem = batchSizeProblem(request.lines.length, mostBatchLines) ?? wordsProblem(request)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'set-stock', idempotencyKey, request }, (stock) =>
    writeStockLines(stock, {
      kind: 'stock_set',
      lines: request.lines.map((line) => ({
        ...line,
        problem: onHandProblem(line.onHand),
        change: { onHandTo: Number(line.onHand) },
      })),
      partial: request.partial,
      cause: { reference: request.reference || idempotencyKey, actor, note: request.note },
    }),
  )
}

/** What is wrong with the words that came with a batch. */
export function wordsProblem({
  note,
  reference = '',
}: {
  note: string
  reference?: string | undefined
}): Problem | undefined {
  return textProblem('note', note) ?? textProblem('reference', reference)
}
