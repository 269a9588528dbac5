import type { HoldStatement } from '../group-events.ts'
import { heldUnits } from '../holds.ts'
import type { AmazonOrder } from './amazon-model.ts'

/** The stock books of one item: what came in, what the shop sold, the orders that were downloaded and what is held. */
export type SimulatedBooks = {
  booked: Set<AmazonOrder>
  available(): number
  held(): number
  received(): number
  soldInShop(): number
  receive(units: number): void
  /** False when there are not as many. */
  sellInShop(units: number): boolean
  /** False for a statement that is known or older. */
  take(hold: HoldStatement): boolean
}

/** Opens them with this many units on the shelf. */
export function simulatedBooks(onHand: number): SimulatedBooks {
  const booked = new Set<AmazonOrder>()
  let received = onHand
  let soldInShop = 0
  let stated: HoldStatement | undefined
  const reserved = () => [...booked].reduce((sum, order) => sum + order.units, 0)
  const held = () => (stated?.place ? heldUnits(stated.falls, [...booked]) : 0)
  const available = () => received - soldInShop - reserved() - held()
  return {
    booked,
    available,
    held,
    received: () => received,
    soldInShop: () => soldInShop,
    receive: (units) => (received += units),
    sellInShop(units) {
      if (available() < units) return false
      soldInShop += units
      return true
    },
    take(hold) {
      if ((stated?.version ?? 0) >= hold.version) return false
      stated = hold
      return true
    },
  }
}
