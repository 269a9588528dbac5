import { AsyncLocalStorage } from 'node:async_hooks'
import { isUsableKey } from '@lockstep/postgres/idempotency'
import { traceparent } from '@lockstep/telemetry/trace'
import { keyProblem } from '../domain/names.ts'
import { reservedQuantityProblem } from '../domain/quantities.ts'
import type { Refused } from '../domain/refusal.ts'
import { reserveInTurn } from './reserve-in-turn.ts'
import { requestProblem, reserveStock, type ReserveStockCommand, type ReserveStockResult } from './reserve-stock.ts'
import type { CommandDeps } from './stock-transaction.ts'

type Answer = ReserveStockResult | Refused

/** A caller who waits for the transaction of those who came before. */
interface Waiting {
  command: ReserveStockCommand
  traceparent: string | undefined
  /** Runs something in the caller's own trace. */
  asCaller: <Result>(run: () => Result) => Result
  resolve: (answer: Answer | Promise<Answer>) => void
}

// So many turns hold the level for a few milliseconds more than one does.
const mostTogether = 100
const mostWaiting = 1_000

/**
 * `reserveStock` for callers who come at once. All reservations of one place wait for the same row, and each would hold it over a flush to disk: so while a transaction for the
 * place runs in this process, those who come queue up, and the next transaction serves all of them in turn. Every answer is given after its commit, and is the one that asking one by one would have given.
 * Where a transaction for several fails, each of them is asked alone, so that only whoever cannot be served hears of it.
 */
export function reserveTogether(deps: CommandDeps): (command: ReserveStockCommand) => Promise<Answer> {
  const queues = new Map<string, Waiting[]>()
  return async (command) => {
    const place = onePlace(command)
    if (place === undefined) return reserveStock(deps, command)
    const queue = queues.get(place)
    if (!queue) {
      queues.set(place, [])
      try {
        return await reserveStock(deps, command)
      } finally {
        void serveQueue(deps, queues, place)
      }
    }
    // So many cannot be served before their callers give up: they may as well wait for the row itself.
    if (queue.length >= mostWaiting) return reserveStock(deps, command)
    return new Promise<Answer>((resolve) => {
      queue.push({ command, traceparent: traceparent(), asCaller: AsyncLocalStorage.snapshot(), resolve })
    })
  }
}

/** The place of a reservation of one line, as its caller names it; undefined for what is refused at sight or asks for more than one. */
function onePlace(command: ReserveStockCommand): string | undefined {
  const { idempotencyKey: key } = command
  const [line, ...others] = command.lines
  if (!line || others.length > 0 || !isUsableKey(key)) return undefined
  const problem = requestProblem(command) ?? keyProblem(key) ?? reservedQuantityProblem(line.quantity)
  return problem ? undefined : JSON.stringify([line.item, line.location])
}

/** Serves those who wait until nobody does. Never throws: every failure is some caller's answer. */
async function serveQueue(deps: CommandDeps, queues: Map<string, Waiting[]>, place: string): Promise<void> {
  const queue = queues.get(place) ?? []
  while (queue.length > 0) await serve(deps, queue.splice(0, mostTogether))
  queues.delete(place)
}

async function serve(deps: CommandDeps, waiting: readonly Waiting[]): Promise<void> {
  const answers = await answersTogether(deps, waiting)
  const rest = waiting.flatMap((caller, index) => {
    const answer = answers[index]
    if (!answer) return [caller]
    caller.resolve(answer)
    return []
  })
  await Promise.allSettled(rest.map((caller) => serveAlone(deps, caller)))
}

function serveAlone(deps: CommandDeps, caller: Waiting): Promise<Answer> {
  const answer = caller.asCaller(() => reserveStock(deps, caller.command))
  caller.resolve(answer)
  return answer
}

async function answersTogether(
  deps: CommandDeps,
  waiting: readonly Waiting[],
): Promise<readonly (Answer | undefined)[]> {
  const [first, second] = waiting
  if (!first || !second) return []
  try {
    return await first.asCaller(() => reserveInTurn(deps, waiting))
  } catch (error) {
    deps.log.warn({ err: error, reservations: waiting.length }, 'reservations could not be made together')
    return []
  }
}
