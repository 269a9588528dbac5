import { placeKey, type MoveKind, type StockMove, type StockPlace } from './stock.ts'

/** What one order line did to stock. */
export interface LineBooks {
  lineId: string
  /** Where it takes its units from; unknown while its listing is linked to nothing. Fixed once known. */
  place: StockPlace | undefined
  ordered: number
  cancelled: number
  fulfilledOnAmazon: number
  /** Units despatched here. */
  despatched: number
  /** Units it has reserved in its place. */
  reserved: number
  /** Units it has taken off its place's shelf: despatched here, or shipped outside. */
  taken: number
}

export interface OrderBooks {
  orderId: string
  /** Of the newest snapshot counted; -1 while only despatches are known. */
  revision: number
  /** False for orders that Amazon ships itself and for those from before the account's go-live. */
  movesStock: boolean
  lines: LineBooks[]
}

/** The newest word on an order, as far as stock is concerned. */
export interface OrderSnapshot {
  orderId: string
  revision: number
  movesStock: boolean
  lines: SnapshotLine[]
}

export interface SnapshotLine {
  lineId: string
  place: StockPlace | undefined
  ordered: number
  cancelled: number
  fulfilledOnAmazon: number
}

/** Units that left here in one parcel. */
export interface CountedDespatch {
  despatchId: string
  orderId: string
  lines: { lineId: string; place: StockPlace | undefined; quantity: number }[]
}

export const noBooks = (orderId: string): OrderBooks => ({ orderId, revision: -1, movesStock: true, lines: [] })

/** Units that Amazon shows as shipped although they were not despatched here. */
export function shippedOutside(line: LineBooks): number {
  return Math.max(0, line.fulfilledOnAmazon - line.despatched)
}

/** What the line still claims. Every message about it ends in the same books, whatever came first. */
export function openUnits(line: LineBooks): number {
  return Math.max(0, line.ordered - line.cancelled - line.despatched - shippedOutside(line))
}

/** The books after a snapshot that is newer than they are. A line the snapshot no longer names claims nothing; what was despatched stays despatched. */
export function withSnapshot(before: OrderBooks, snapshot: OrderSnapshot): OrderBooks {
  const known = new Map(before.lines.map((line) => [line.lineId, line]))
  const named = new Map(snapshot.lines.map((line) => [line.lineId, line]))
  const lines = [...new Set([...known.keys(), ...named.keys()])].map((lineId) =>
    restated(known.get(lineId) ?? emptyLine(lineId), named.get(lineId)),
  )
  const { orderId, revision, movesStock } = snapshot
  return settled({ orderId, revision, movesStock, lines })
}

function restated(line: LineBooks, word: SnapshotLine | undefined): LineBooks {
  const { ordered = 0, cancelled = 0, fulfilledOnAmazon = 0 } = word ?? {}
  return { ...line, ordered, cancelled, fulfilledOnAmazon, place: line.place ?? word?.place }
}

/** The books after a despatch that was not counted before. It may come before the order's first snapshot. */
export function withDespatch(before: OrderBooks, despatch: CountedDespatch): OrderBooks {
  const lines = new Map(before.lines.map((line) => [line.lineId, line]))
  for (const { lineId, place, quantity } of despatch.lines) {
    const line = lines.get(lineId) ?? emptyLine(lineId)
    lines.set(lineId, { ...line, despatched: line.despatched + quantity, place: line.place ?? place })
  }
  return settled({ ...before, lines: [...lines.values()] })
}

function emptyLine(lineId: string): LineBooks {
  const nothing = { ordered: 0, cancelled: 0, fulfilledOnAmazon: 0, despatched: 0, reserved: 0, taken: 0 }
  return { lineId, place: undefined, ...nothing }
}

/** Writes into each line what it must have reserved and taken. A line without a place, or of an order that moves no stock, has done neither. */
function settled(order: OrderBooks): OrderBooks {
  const lines = order.lines.map((line) => {
    const moves = order.movesStock && line.place !== undefined
    return {
      ...line,
      reserved: moves ? openUnits(line) : 0,
      taken: moves ? line.despatched + shippedOutside(line) : 0,
    }
  })
  return { ...order, lines }
}

/** What brings stock from the one state of the books to the other: one move for each place that differs. */
export function stockDifference(
  before: OrderBooks,
  after: OrderBooks,
  kindOf: (move: { reservedBy: number; takenBy: number }) => MoveKind,
): StockMove[] {
  const earlier = new Map(before.lines.map((line) => [line.lineId, line]))
  const places = new Map<string, { place: StockPlace; reservedBy: number; takenBy: number }>()
  for (const line of after.lines) {
    if (line.place === undefined) continue
    const sum = places.get(placeKey(line.place)) ?? { place: line.place, reservedBy: 0, takenBy: 0 }
    sum.reservedBy += line.reserved - (earlier.get(line.lineId)?.reserved ?? 0)
    sum.takenBy += line.taken - (earlier.get(line.lineId)?.taken ?? 0)
    places.set(placeKey(line.place), sum)
  }
  return [...places.values()]
    .filter((sum) => sum.reservedBy !== 0 || sum.takenBy !== 0)
    .map((sum) => ({ ...sum.place, onHandBy: 0 - sum.takenBy, reservedBy: sum.reservedBy, kind: kindOf(sum) }))
}

/** How a snapshot's move reads in the ledger. */
export function kindOfSnapshotMove(move: { reservedBy: number; takenBy: number }): MoveKind {
  if (move.takenBy !== 0) return 'shipped_outside'
  return move.reservedBy > 0 ? 'order_reserved' : 'order_cancelled'
}
