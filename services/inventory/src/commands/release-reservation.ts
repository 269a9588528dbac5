import { refused, shown, type Refused } from '../domain/refusal.ts'
import { placeKey, type StockLevel } from '../domain/stock.ts'
import { levelsOfPlaces } from '../store/levels.ts'
import { endReservation, reservedUnits, type ReservedUnits } from '../store/reservations.ts'
import { askable } from '../store/items.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

export interface ReleaseReservationCommand extends CommandCall {
  reservationId: string
}

export interface ReleaseReservationResult {
  levels: StockLevel[]
}

/** Gives a reservation back. It ends once: releasing it again, under whatever key, changes nothing and shows the levels as they are. */
export async function releaseReservation(
  deps: CommandDeps,
  { actor, idempotencyKey, reservationId }: ReleaseReservationCommand,
): Promise<ReleaseReservationResult | Refused> {
  const request = { reservationId }
  return runCommand(deps, { name: 'release-reservation', idempotencyKey, request }, async (stock) => {
    const [id] = askable([reservationId])
    const reservation = id === undefined ? undefined : await endReservation(stock.tx, id)
    if (!reservation) return unknownReservation(reservationId)
    const units = await reservedUnits(stock.tx, reservationId)
    if (reservation.ended === 'now') {
      await giveBack(stock, units, { reference: reservationId, actor, note: reservation.reference })
    }
    return { levels: inOrder(await levelsOfPlaces(stock.tx, units), units) }
  })
}

function unknownReservation(id: string): Refused {
  const message = `there is no reservation "${shown(id)}"`
  return refused({ reason: 'RESERVATION_UNKNOWN', message, field: 'reservation_id', value: shown(id) })
}

async function giveBack(
  stock: StockTransaction,
  units: readonly ReservedUnits[],
  cause: { reference: string; actor: string; note: string },
): Promise<void> {
  await stock.move({
    moves: units.map(({ itemId, locationId, quantity }) => {
      return { itemId, locationId, reservedBy: 0 - quantity, kind: 'released' as const }
    }),
    refuse: 'never',
    write: 'all',
    cause,
  })
}

function inOrder(levels: readonly StockLevel[], units: readonly ReservedUnits[]): StockLevel[] {
  const byPlace = new Map(levels.map((level) => [placeKey(level), level]))
  return units.flatMap((unit) => byPlace.get(placeKey(unit)) ?? [])
}
