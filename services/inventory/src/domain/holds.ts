import type { SeenFall } from '@lockstep/pacing/group-events'
import { fallsSpan, heldUnits } from '@lockstep/pacing/holds'
import { placeKey, type StockMove, type StockPlace } from './stock.ts'

/** The SKU of a connection, as its channel writes it. */
export interface SkuOfConnection {
  connectionId: string
  channelSku: string
}

/** What a channel saw fall of one SKU. The highest version counts; without falls nothing is held. */
export interface HoldStatement extends SkuOfConnection {
  holdId: string
  version: number
  /** Where it is held; undefined when it is held nowhere. */
  place: StockPlace | undefined
  falls: readonly SeenFall[]
}

/** A hold as it stands. */
export interface Hold extends HoldStatement {
  /** What of it the books do not explain. */
  units: number
}

/** One line of an order as a sale of its SKU. */
export interface ChannelSale extends SkuOfConnection {
  lineId: string
  orderId: string
  /** When the buyer placed the order: whole seconds, by the channel's clock. */
  soldAt: Date
  /** Net of cancelled units; 0 for a line that moves no stock yet, which explains nothing. */
  units: number
}

/** Units that are held by this statement, given the sales of its SKU that are in the books. */
export function unitsHeld({ place, falls }: HoldStatement, sales: readonly ChannelSale[]): number {
  if (!place) return 0
  return heldUnits(
    falls,
    sales.map(({ soldAt, units }) => ({ at: soldAt.getTime(), units })),
  )
}

/** Between which moments a sale must have been placed to explain one of these falls; undefined when none can. */
export function spanOf(falls: readonly SeenFall[]): { from: Date; until: Date } | undefined {
  const span = fallsSpan(falls)
  return span && { from: new Date(span.from), until: new Date(span.until) }
}

/** The moves that take a hold's units from where they were to where they are now. */
export function holdMoves(
  before: Pick<Hold, 'place' | 'units'> | undefined,
  after: Pick<Hold, 'holdId' | 'place' | 'units'>,
  kind: StockMove['kind'],
): StockMove[] {
  const places = new Map<string, StockMove>()
  const move = (place: StockPlace | undefined, units: number): void => {
    if (place) places.set(placeKey(place), { ...place, kind, holds: { [after.holdId]: units > 0 ? units : null } })
  }
  move(before?.place, 0)
  move(after.place, after.units)
  return [...places.values()]
}

/** Moves of stock and of holds as one move for each place: what becomes reserved and what is held no longer happen at once. */
export function withHoldMoves(moves: readonly StockMove[], holds: readonly StockMove[]): StockMove[] {
  const byPlace = new Map(moves.map((move) => [placeKey(move), move]))
  for (const hold of holds) {
    const move = byPlace.get(placeKey(hold))
    byPlace.set(placeKey(hold), move ? { ...move, holds: { ...move.holds, ...hold.holds } } : hold)
  }
  return [...byPlace.values()]
}
