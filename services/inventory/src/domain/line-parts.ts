import type { CountedDespatch, LineBooks, OrderBooks, SnapshotLine } from './order-books.ts'
import { placeKey, type MoveKind, type StockMove, type StockPlace } from './stock.ts'

/** One component of what an order line takes. */
export interface LinePart {
  itemId: string
  /** Units of it for each unit of the line. */
  perUnit: number
}

/**
 * What each order line takes, for the lines that do not simply take their item: a kit takes its components, an item that nobody counts takes nothing.
 * Every other line has no entry.
 */
export type LineMakeups = ReadonlyMap<string, readonly LinePart[]>

/** The books of a part stand beside those of its line, under the line's id and the component's. */
export const partLineId = (lineId: string, part: Pick<LinePart, 'itemId'>): string => `${lineId}/${part.itemId}`

/** Whether a line of the books is a part of another one. */
export const isPartLine = (lineId: string): boolean => lineId.includes('/')

type DespatchLine = CountedDespatch['lines'][number]

/**
 * The lines of a snapshot as the books keep them. A line with a makeup stays for its own figures and moves nothing; each part follows it with the figures of the
 * components. The rules of the books are linear in the units, so that a part's reservation is the line's times its need.
 */
export function snapshotParts(lines: readonly SnapshotLine[], makeups: LineMakeups): SnapshotLine[] {
  return lines.flatMap((line) => {
    const makeup = makeups.get(line.lineId)
    if (!makeup) return [line]
    const parts = makeup.map((part) => ({
      lineId: partLineId(line.lineId, part),
      place: placeOfPart(line.place, part),
      ordered: line.ordered * part.perUnit,
      cancelled: line.cancelled * part.perUnit,
      fulfilledOnAmazon: line.fulfilledOnAmazon * part.perUnit,
    }))
    return [{ ...line, place: undefined }, ...parts]
  })
}

/** The lines of a despatch as the books keep them. */
export function despatchParts(lines: readonly DespatchLine[], makeups: LineMakeups): DespatchLine[] {
  return lines.flatMap((line) => {
    const makeup = makeups.get(line.lineId)
    if (!makeup) return [line]
    const parts = makeup.map((part) => ({
      lineId: partLineId(line.lineId, part),
      place: placeOfPart(line.place, part),
      quantity: line.quantity * part.perUnit,
    }))
    return [{ ...line, place: undefined }, ...parts]
  })
}

const placeOfPart = (place: StockPlace | undefined, part: LinePart): StockPlace | undefined =>
  place && { itemId: part.itemId, locationId: place.locationId }

/** The books with a line for each part that has none yet. Units that were despatched before the line's item was known are the parts' too. */
export function withPartLines(books: OrderBooks, makeups: LineMakeups): OrderBooks {
  const known = new Map(books.lines.map((line) => [line.lineId, line]))
  const missing = [...makeups].flatMap(([lineId, makeup]) =>
    makeup
      .filter((part) => !known.has(partLineId(lineId, part)))
      .map((part) => newPartLine(known.get(lineId), { lineId, part })),
  )
  return missing.length === 0 ? books : { ...books, lines: [...books.lines, ...missing] }
}

function newPartLine(line: LineBooks | undefined, { lineId, part }: { lineId: string; part: LinePart }): LineBooks {
  const despatched = (line?.despatched ?? 0) * part.perUnit
  const nothing = { ordered: 0, cancelled: 0, fulfilledOnAmazon: 0, reserved: 0, taken: 0 }
  return { lineId: partLineId(lineId, part), place: undefined, despatched, ...nothing }
}

/** A kit whose components a message has moved, by the kind of the move. */
export interface MovedKit {
  place: StockPlace
  kind: MoveKind
}

/** The kits of which these moves take or give back components, each in the place of its line. */
export function kitsMoved(
  lines: readonly { lineId: string; place: StockPlace | undefined }[],
  makeups: LineMakeups,
  moves: readonly StockMove[],
): MovedKit[] {
  const kinds = new Map(moves.map((move) => [placeKey(move), move.kind]))
  return lines.flatMap(({ lineId, place }) => {
    const [part] = makeups.get(lineId) ?? []
    const moved = part && placeOfPart(place, part)
    const kind = moved && kinds.get(placeKey(moved))
    return place && kind ? [{ place, kind }] : []
  })
}

/** The books of an order's own lines: what the parts of a line have reserved is told in units of the line, and where. */
export function booksOfOwnLines(lines: readonly LineBooks[], makeups: LineMakeups): LineBooks[] {
  const known = new Map(lines.map((line) => [line.lineId, line]))
  return lines
    .filter((line) => !isPartLine(line.lineId))
    .map((line) => {
      const [part] = makeups.get(line.lineId) ?? []
      const books = part && known.get(partLineId(line.lineId, part))
      return books ? { ...line, place: line.place ?? books.place, reserved: books.reserved / part.perUnit } : line
    })
}
