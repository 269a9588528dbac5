import type { HoldStatement } from '@lockstep/pacing/group-events'
import { heldUnits } from '@lockstep/pacing/holds'
import {
  kindOfSnapshotMove,
  noBooks,
  stockDifference,
  withSnapshot,
} from '../../services/inventory/src/domain/order-books.ts'

/** The stock master's books of one item in one place, kept by its own rules, without a database. */
export interface StockBooks {
  available: () => number
  held: () => number
  /** An order that was downloaded: it reserves what it claims, whether that is there or not, and explains what is held. `at` is Amazon's time of it. */
  takeOrder: (order: { id: string; at: number; units: number }) => void
  /** A shop that asks before it sells; false when fewer are available. */
  reserve: (units: number) => boolean
  /** What Amazon was seen to sell: what no order explains of it is held. The newest statement counts. */
  hold: (statement: HoldStatement) => void
}

/** Opens them with this many units on the shelf. */
export function stockBooks(onHand: number): StockBooks {
  const level = { onHand, reserved: 0, held: 0 }
  const booked: { at: number; units: number }[] = []
  let stated: HoldStatement | undefined
  const available = () => level.onHand - level.reserved - level.held
  const holdAnew = () => {
    level.held = stated?.place ? heldUnits(stated.falls, booked) : 0
  }
  return {
    available,
    held: () => level.held,
    takeOrder({ id, at, units }) {
      const place = { itemId: 'itm_1', locationId: 'loc_1' }
      const line = { lineId: `${id}-1`, place, ordered: units, cancelled: 0, fulfilledOnAmazon: 0 }
      const before = noBooks(id)
      const after = withSnapshot(before, { orderId: id, revision: 1, movesStock: true, lines: [line] })
      for (const move of stockDifference(before, after, kindOfSnapshotMove)) {
        level.onHand += move.onHandBy ?? 0
        level.reserved += move.reservedBy ?? 0
      }
      booked.push({ at, units })
      holdAnew()
    },
    reserve(units) {
      if (units > available()) return false
      level.reserved += units
      return true
    },
    hold(statement) {
      if (stated && stated.version >= statement.version) return
      stated = statement
      holdAnew()
    },
  }
}
