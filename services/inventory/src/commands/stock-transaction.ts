import type { Ids } from '@lockstep/contracts/ids'
import { failpoint } from '@lockstep/postgres/failpoint'
import { answerOnce, type KeyedCommand } from '@lockstep/postgres/idempotency'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely, Transaction } from 'kysely'
import { keyProblem } from '../domain/names.ts'
import { isRefused, refused, type Refused } from '../domain/refusal.ts'
import { isOversold, placeKey } from '../domain/stock.ts'
import { countOversold, countMoves } from '../metrics.ts'
import { settleShortages, type MovedLevel } from '../store/incidents.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { moveStock, type MoveOutcome, type StockMoves } from '../store/move-stock.ts'
import { reserveInTurn, type PlaceInTurn } from '../store/reserve-in-turn.ts'

export interface CommandDeps {
  db: Kysely<InventoryDb>
  ids: Ids
  /** Told after each commit, so that an event need not wait for the relay's next look. */
  relay: { poke(): void }
  log: Logger
}

/** What every command of a caller carries. */
export interface CommandCall {
  idempotencyKey: string
  actor: string
}

/** One transaction that moves stock. `move` and `reserve` are the only ways to it, so that what was moved is known after the commit. */
export interface StockTransaction {
  tx: Transaction<InventoryDb>
  ids: Ids
  move(batch: StockMoves): Promise<MoveOutcome[]>
  /** Sets units of one place aside for several callers in turn. */
  reserve(turns: PlaceInTurn): Promise<MoveOutcome[]>
}

/** A command of ours by name, as its crash points and its stored answers call it. */
export interface NamedCommand {
  name: string
  idempotencyKey: string
  /** All that the caller asked for, and nothing else: the same key with another request is refused. */
  request: object
}

/**
 * Runs a caller's command once per idempotency key. A repeat gets the first answer. A refusal rolls everything back and is not kept:
 * nothing was done, so the same key may be tried again.
 */
export async function runCommand<Result extends object>(
  deps: CommandDeps,
  command: NamedCommand,
  run: (stock: StockTransaction) => Promise<Result | Refused>,
): Promise<Result | Refused> {
  const { name, idempotencyKey } = command
  const problem = keyProblem(idempotencyKey)
  if (problem) return refused(problem)
  const keyed = keyedCommand(command)
  try {
    const answer = await inStockTransaction(deps, name, (stock) =>
      answerOnce(stock.tx, keyed, async () => {
        failpoint(`${name}:after-claim`)
        return orRollBack(await run(stock))
      }),
    )
    return revived(answer)
  } catch (error) {
    if (error instanceof RefusedError) return error.refusal
    throw error
  }
}

/** The command as its key is kept. */
export function keyedCommand({ name, idempotencyKey, request }: NamedCommand): KeyedCommand {
  return { key: idempotencyKey, method: name, request: JSON.stringify(request, withBigints) }
}

/** One transaction, run again when it was chosen to end a deadlock. Pokes the relay and reports what is oversold once it has committed. */
export async function inStockTransaction<Result>(
  deps: CommandDeps,
  name: string,
  run: (stock: StockTransaction) => Promise<Result>,
): Promise<Result> {
  const outcomes: MoveOutcome[] = []
  const result = await withDeadlockRetry(() => {
    outcomes.length = 0
    return deps.db.transaction().execute(async (tx) => {
      const done = await run(stockTransaction(deps.ids, tx, { name, outcomes }))
      failpoint(`${name}:before-commit`)
      return done
    })
  })
  deps.relay.poke()
  report(deps.log, name, outcomes)
  failpoint(`${name}:after-commit-before-reply`)
  return result
}

function stockTransaction(
  ids: Ids,
  tx: Transaction<InventoryDb>,
  { name, outcomes }: { name: string; outcomes: MoveOutcome[] },
): StockTransaction {
  return {
    tx,
    ids,
    async move(batch) {
      failpoint(`${name}:before-move`)
      const moved = await moveStock(tx, ids, batch)
      failpoint(`${name}:after-move`)
      await settleShortages(tx, shortLevels(batch, moved))
      outcomes.push(...moved)
      return moved
    },
    async reserve(turns) {
      failpoint(`${name}:before-move`)
      const reserved = await reserveInTurn(tx, ids, turns)
      failpoint(`${name}:after-move`)
      outcomes.push(...reserved)
      return reserved
    },
  }
}

/** The moved levels that were short of units, or are now. Nothing else needs a second look, so a batch that leaves all levels in order costs one statement. */
function shortLevels({ moves, cause }: StockMoves, moved: readonly MoveOutcome[]): MovedLevel[] {
  const short = moved.filter(({ outcome, level, availableBefore }) => {
    return outcome === 'moved' && (availableBefore < 0 || level.available < 0)
  })
  if (short.length === 0) return []
  const kinds = new Map(moves.map((move) => [placeKey(move), move.kind]))
  return short.flatMap(({ level }) => {
    const kind = kinds.get(placeKey(level))
    return kind === undefined ? [] : [{ level, cause: { ...cause, kind } }]
  })
}

const mostAttempts = 5

/** The levels of a batch are locked in one order, so only commands that take several steps can still meet crosswise. */
async function withDeadlockRetry<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!hasCode(error, '40P01') || attempts === mostAttempts) throw error
    }
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function report(log: Logger, name: string, outcomes: readonly MoveOutcome[]): void {
  const moved = outcomes.filter(({ outcome }) => outcome === 'moved')
  countMoves(name, moved.length)
  for (const { level, availableBefore } of moved) {
    if (!isOversold(level) || level.available >= availableBefore) continue
    const { itemId, locationId, available } = level
    log.warn({ item_id: itemId, location_id: locationId, available }, 'oversold')
    countOversold()
  }
}

/** Carries a refusal out of the transaction, which is rolled back on the way. */
class RefusedError extends Error {
  override name = 'RefusedError'
  readonly refusal: Refused

  constructor(refusal: Refused) {
    super(refusal.reason)
    this.refusal = refusal
  }
}

function orRollBack<Result extends object>(result: Result | Refused): Result {
  if (isRefused(result)) throw new RefusedError(result)
  return result
}

const withBigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)

/** Answers make the trip through JSON, and come back with text for their times. By our names, what ends in At is a time. */
function revived<Answer extends object>(answer: Answer): Answer {
  for (const [key, value] of Object.entries(answer)) {
    if (value instanceof Object) revived(value)
    else if (key.endsWith('At') && typeof value === 'string') Object.assign(answer, { [key]: new Date(value) })
  }
  return answer
}
