import type { OperationName } from './model-limits.ts'

/*
 * Who gets the next slot of one bucket. Lanes order the work; buckets never wait for each other.
 * Four turns in five the urgent lanes go first. On the fifth the longest-waiting goes, so that nothing starves.
 */

export type Lane =
  | 'to_zero'
  | 'decrease'
  | 'increase'
  | 'price'
  | 'content'
  | 'guard'
  | 'watch'
  | 'verification'
  | 'sweep'
  | 'despatch'
  | 'urgent_stock'
  | 'normal'

/** Something that waits for a slot. Times are epoch milliseconds. */
export type Waiting = {
  id: string
  lane: Lane
  /** When it began to wait; it keeps this when it goes back in line. */
  since: number
  /** When it should have been done; null = no promise. */
  deadline: number | null
}

type LaneRule = { urgent: boolean; patienceMs: number }

/** The lanes of each kind of work, most urgent first. */
const LANE_ORDER: Lane[][] = [
  ['to_zero', 'decrease', 'increase', 'price', 'content'],
  ['guard', 'watch', 'verification', 'sweep'],
  ['urgent_stock', 'price', 'content'],
  ['despatch'],
  ['normal'],
]

/** `patienceMs`: how far a deadline can move an item before or behind others of its lane. */
const RULES: Record<Lane, LaneRule> = {
  to_zero: { urgent: true, patienceMs: 60_000 },
  decrease: { urgent: true, patienceMs: 60_000 },
  increase: { urgent: false, patienceMs: 300_000 },
  price: { urgent: false, patienceMs: 600_000 },
  content: { urgent: false, patienceMs: 3_600_000 },
  guard: { urgent: true, patienceMs: 60_000 },
  watch: { urgent: false, patienceMs: 60_000 },
  verification: { urgent: false, patienceMs: 300_000 },
  sweep: { urgent: false, patienceMs: 3_600_000 },
  despatch: { urgent: true, patienceMs: 7 * 86_400_000 },
  urgent_stock: { urgent: true, patienceMs: 60_000 },
  normal: { urgent: false, patienceMs: 600_000 },
}

/** How much waiting lifts an item by one lane. */
export const AGEING_MS = 60_000

/** Of this many turns, one is open to all lanes while urgent work waits. */
export const TURNS = 5

/** The lanes an operation's work is sorted into, most urgent first. */
export function lanesOf(operation: OperationName): Lane[] {
  const lanes: Partial<Record<OperationName, Lane>> = {
    patchListingsItem: 'to_zero',
    getListingsItem: 'guard',
    searchListingsItems: 'guard',
    createFeed: 'urgent_stock',
    confirmShipment: 'despatch',
  }
  const first = lanes[operation] ?? 'normal'
  return LANE_ORDER.find((order) => order[0] === first) ?? ['normal']
}

/**
 * The one that gets the next slot, or undefined when nobody waits. `turn` counts the slots given so far (a bucket's `taken`).
 * Fresh work goes in lane order, by deadline inside a lane. Every waiting minute lifts an item by one lane, without end, so it
 * is served after finitely many turns whatever arrives later; but aged work takes at most one turn in five from urgent work.
 */
export function nextInLine<T extends Waiting>(waiting: T[], now: number, turn = 0): T | undefined {
  const urgent = waiting.filter((item) => RULES[item.lane].urgent)
  const openTurn = turn % TURNS === TURNS - 1
  return foremost(urgent.length > 0 && !openTurn ? urgent : waiting, now)
}

/** The next `count` in the order they will be served if nobody joins them: whom to read for before their turn comes. */
export function inLine<T extends Waiting>(
  waiting: T[],
  now: number,
  { turn, count }: { turn: number; count: number },
): T[] {
  const left = new Set(waiting)
  const order: T[] = []
  while (order.length < count) {
    const next = nextInLine([...left], now, turn + order.length)
    if (!next) break
    order.push(next)
    left.delete(next)
  }
  return order
}

/** A write's lane from the number it sends and the level Amazon holds, when that is known. */
export function laneOfQuantity(quantity: number, level: number | null): 'to_zero' | 'decrease' | 'increase' {
  if (quantity === 0) return 'to_zero'
  return level !== null && quantity < level ? 'decrease' : 'increase'
}

/** Shares an application-wide bucket between sellers: the one served least lately, the longest-waiting on a tie. */
export function nextConnection<T extends { id: string; served: number; waitingSince: number }>(
  connections: T[],
): T | undefined {
  return connections.toSorted((a, b) => a.served - b.served || a.waitingSince - b.waitingSince)[0]
}

function foremost<T extends Waiting>(waiting: T[], now: number): T | undefined {
  const lane = foremostLane(waiting, now)
  return least(
    waiting.filter((item) => item.lane === lane),
    byDeadline,
  )
}

/** The lane whose longest-waiting item has risen highest. */
function foremostLane(waiting: Waiting[], now: number): Lane | undefined {
  const rank = (item: Waiting) => rankOf(item.lane) - Math.floor(Math.max(0, now - item.since) / AGEING_MS)
  return least(waiting, (a, b) => rank(a) - rank(b) || rankOf(a.lane) - rankOf(b.lane))?.lane
}

function least<T>(items: T[], compareTwo: (a: T, b: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (best, item) => (best === undefined || compareTwo(item, best) < 0 ? item : best),
    undefined,
  )
}

function rankOf(lane: Lane): number {
  return LANE_ORDER.find((order) => order.includes(lane))?.indexOf(lane) ?? 0
}

function byDeadline(a: Waiting, b: Waiting): number {
  return (
    placeOf(a) - placeOf(b) ||
    (a.deadline ?? Infinity) - (b.deadline ?? Infinity) ||
    a.since - b.since ||
    compare(a.id, b.id)
  )
}

/** The deadline, within the lane's patience of when the item came: later arrivals can go ahead only for so long. */
function placeOf(item: Waiting): number {
  const { patienceMs } = RULES[item.lane]
  const wanted = item.deadline ?? item.since + patienceMs
  return Math.min(item.since + patienceMs, Math.max(item.since - patienceMs, wanted))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
