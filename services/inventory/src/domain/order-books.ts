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
  /** The location that a person has moved it to: lines without a place get theirs there, whatever the order says. */
  movedTo?: string | undefined
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

/** Units that left although they are cancelled by now. Before the first snapshot nothing is known of what was ordered. */
function goneThoughCancelled(line: LineBooks): number {
  return Math.max(0, line.despatched + shippedOutside(line) - Math.max(0, line.ordered - line.cancelled))
}

/** The lines of which more has left, since the books before, than is still ordered: nothing says whether it comes back. */
export function linesGoneThoughCancelled(
  before: OrderBooks,
  after: OrderBooks,
): { lineId: string; place: StockPlace; units: number }[] {
  if (!after.movesStock || after.revision < 0) return []
  const earlier = new Map(
    before.revision < 0 ? [] : before.lines.map((line) => [line.lineId, goneThoughCancelled(line)]),
  )
  return after.lines.flatMap((line) => {
    const units = goneThoughCancelled(line)
    const isMore = units > (earlier.get(line.lineId) ?? 0)
    return isMore && line.place ? [{ lineId: line.lineId, place: line.place, units }] : []
  })
}

/** The books after a snapshot that is newer than they are. A line the snapshot no longer names claims nothing; what was despatched stays despatched. */
export function withSnapshot(before: OrderBooks, snapshot: OrderSnapshot): OrderBooks {
  const known = new Map(before.lines.map((line) => [line.lineId, line]))
  const named = new Map(snapshot.lines.map((line) => [line.lineId, line]))
  const { orderId, revision, movesStock } = snapshot
  const { movedTo } = before
  const lines = [...new Set([...known.keys(), ...named.keys()])].map((lineId) =>
    restated(known.get(lineId) ?? emptyLine(lineId), { word: named.get(lineId), movedTo }),
  )
  return settled({ orderId, revision, movesStock, movedTo, lines })
}

function restated(
  line: LineBooks,
  { word, movedTo }: { word: SnapshotLine | undefined; movedTo: string | undefined },
): LineBooks {
  const { ordered = 0, cancelled = 0, fulfilledOnAmazon = 0 } = word ?? {}
  return { ...line, ordered, cancelled, fulfilledOnAmazon, place: line.place ?? placeAfterMove(word?.place, movedTo) }
}

function placeAfterMove(place: StockPlace | undefined, movedTo: string | undefined): StockPlace | undefined {
  return place && movedTo !== undefined ? { ...place, locationId: movedTo } : place
}

/** The books after a despatch that was not counted before. It may come before the order's first snapshot. */
export function withDespatch(before: OrderBooks, despatch: CountedDespatch): OrderBooks {
  const lines = new Map(before.lines.map((line) => [line.lineId, line]))
  for (const { lineId, place, quantity } of despatch.lines) {
    const line = lines.get(lineId) ?? emptyLine(lineId)
    lines.set(lineId, {
      ...line,
      despatched: line.despatched + quantity,
      place: line.place ?? placeAfterMove(place, before.movedTo),
    })
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

/** A line of which a part has left cannot be moved: what has left it has left its place, and the rest belongs to the same parcel's place. */
export const isPartlyGone = (line: LineBooks): boolean => line.taken > 0 && line.reserved > 0

/** The books of an order that is served from another location now, and what moves with it. Lines that have left entirely stay where they left from. */
export function booksMovedTo(before: OrderBooks, locationId: string): { after: OrderBooks; moves: StockMove[] } {
  const lines = before.lines.map((line) =>
    line.place && line.taken === 0 ? { ...line, place: { ...line.place, locationId } } : line,
  )
  const reservedBy = new Map<string, { place: StockPlace; units: number }>()
  const add = (place: StockPlace | undefined, units: number) => {
    if (!place) return
    const sum = reservedBy.get(placeKey(place))?.units ?? 0
    reservedBy.set(placeKey(place), { place, units: sum + units })
  }
  for (const line of before.lines) add(line.place, 0 - line.reserved)
  for (const line of lines) add(line.place, line.reserved)
  const moves = [...reservedBy.values()].filter(({ units }) => units !== 0)
  return {
    after: { ...before, movedTo: locationId, lines },
    moves: moves.map(({ place, units }) => ({ ...place, reservedBy: units, kind: 'order_moved' })),
  }
}

/** How a snapshot's move reads in the ledger. */
export function kindOfSnapshotMove(move: { reservedBy: number; takenBy: number }): MoveKind {
  if (move.takenBy !== 0) return 'shipped_outside'
  return move.reservedBy > 0 ? 'order_reserved' : 'order_cancelled'
}
