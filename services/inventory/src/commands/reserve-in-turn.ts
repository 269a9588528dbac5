import { failpoint } from '@lockstep/postgres/failpoint'
import type { KeyedCommand } from '@lockstep/postgres/idempotency'
import { answerNew } from '@lockstep/postgres/idempotency-batch'
import type { Refused } from '../domain/refusal.ts'
import { placeKey } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { findPlaces, type FoundPlace } from './find-places.ts'
import {
  insufficient,
  keptByAmazon,
  namedReservation,
  type ReserveStockCommand,
  type ReserveStockResult,
} from './reserve-stock.ts'
import { inStockTransaction, keyedCommand, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

/** A reservation of one line, and the trace of its caller. */
export interface TurnCommand {
  command: ReserveStockCommand
  traceparent: string | undefined
}

type Answers = (ReserveStockResult | Refused | undefined)[]

/**
 * Serves reservations that all name the same place, in turn and in one transaction: each as if it had come alone after the one before it. Answers when all of it has committed.
 * Undefined stands for those that are to be asked alone: a key that is not new, and all of them where the place is none of our own shelves, such as that of a kit.
 */
export async function reserveInTurn(deps: CommandDeps, turns: readonly TurnCommand[]): Promise<Answers> {
  const [line] = turns[0]?.command.lines ?? []
  if (!line) return []
  return inStockTransaction(deps, 'reserve-stock', async (stock) => {
    const [place] = await findPlaces(stock.tx, [line])
    if (!place || 'reason' in place || keptByAmazon(place)) return []
    const keyed = turns.map((turn) => ({ ...keyedCommand(namedReservation(turn.command)), turn }))
    const refusals = new Map<TurnCommand, Refused>()
    const answers = await answerNew<InventoryDb, KeyedTurn, ReserveStockResult>(stock.tx, keyed, (fresh) => {
      failpoint('reserve-stock:after-claim')
      return serve(stock, place, { fresh, refusals })
    })
    return keyed.map((command) => answers.get(command) ?? refusals.get(command.turn))
  })
}

type KeyedTurn = KeyedCommand & { turn: TurnCommand }

/** The answers of those that are served; the others find their refusal. */
async function serve(
  stock: StockTransaction,
  place: FoundPlace,
  { fresh, refusals }: { fresh: readonly KeyedTurn[]; refusals: Map<TurnCommand, Refused> },
): Promise<Map<KeyedTurn, ReserveStockResult>> {
  const wanted = fresh.map((keyed) => {
    const { command, traceparent } = keyed.turn
    const quantity = Number(command.lines[0]?.quantity)
    const { reference, actor } = command
    return { keyed, reservation: { id: stock.ids.next('rsv'), reference, actor, quantity, traceparent } }
  })
  const { itemId, locationId } = place
  const reservations = wanted.map(({ reservation }) => reservation)
  const outcomes = await stock.reserve({ itemId, locationId, reservations })
  const answers = new Map<KeyedTurn, ReserveStockResult>()
  for (const [index, { keyed, reservation }] of wanted.entries()) {
    const outcome = outcomes[index]
    if (!outcome) throw new Error(`item ${itemId} has no level in location ${locationId}`)
    const refusal = insufficient(
      [{ place, quantity: reservation.quantity, index: 0 }],
      new Map([[placeKey(place), outcome]]),
    )
    if (refusal) refusals.set(keyed.turn, refusal)
    else answers.set(keyed, { reservationId: reservation.id, levels: [outcome.level] })
  }
  return answers
}
