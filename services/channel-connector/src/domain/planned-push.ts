import { type ForeseenNumber, isChanged } from './foreseen-push.ts'

/** One SKU that would be sent something else, or nothing any more. */
export interface PlannedChange {
  channelSku: string
  /** What it has; undefined when that is not known. */
  from: number | undefined
  /** Undefined when nothing is sent any more: Amazon keeps what it has. */
  to: number | undefined
  leadTimeDays: number | null
  /** Why nothing is sent any more; null when something is. */
  gate: string | null
  /** Names of the accounts that list the SKU and share its number. */
  accounts: string[]
}

/** Everything that would go out, and what would not. */
export interface PlannedPush {
  /** To zero first, then what stops, then by SKU. */
  changes: PlannedChange[]
  /** How many of them are sent something: one write each, whatever number of listings share it. */
  writes: number
  /** Listings that go to 0: every one that shares such a SKU. */
  zeros: number
  /** The same by the names of the accounts that they belong to. */
  zerosOf: ReadonlyMap<string, number>
  /** SKUs that are sent nothing any more. */
  stops: number
  unchanged: number
  gated: number
  durationSeconds: number
  /** What listings that share a SKU disagree about, one text per SKU. */
  conflicts: string[]
}

/** How fast numbers may leave. */
export interface PushRate {
  perSecond: number
  atOnce: number
}

/** Compares the numbers with what Amazon holds. A level that could not be read counts as another one. */
export function planPush(
  numbers: readonly ForeseenNumber[],
  live: ReadonlyMap<string, number>,
  rate: PushRate,
): PlannedPush {
  const lines = numbers
    .filter(({ after }) => after.number !== null)
    .map((number) => lineOf(number, live.get(number.channelSku)))
    .filter((line) => line.from !== line.to)
  return summed(numbers, lines, rate)
}

/** Compares what the SKUs are sent now with what they would be sent. What was sent nothing so far is compared with what Amazon is held to have. */
export function planChange(
  numbers: readonly ForeseenNumber[],
  live: ReadonlyMap<string, number>,
  rate: PushRate,
): PlannedPush {
  const lines = numbers.filter(isChanged).flatMap((number) => {
    const line = lineOf(number, number.before.number ?? live.get(number.channelSku) ?? number.level ?? undefined)
    const isNews = number.before.number !== null || line.from !== line.to || line.leadTimeDays !== null
    return isNews ? [line] : []
  })
  return summed(numbers, lines, rate)
}

function lineOf({ channelSku, accounts, after }: ForeseenNumber, from: number | undefined): PlannedChange {
  const { number, leadTimeDays, gate } = after
  return { channelSku, from, to: number ?? undefined, leadTimeDays, gate, accounts }
}

function summed(numbers: readonly ForeseenNumber[], lines: PlannedChange[], rate: PushRate): PlannedPush {
  const stops = lines.filter((line) => line.to === undefined).length
  const writes = lines.length - stops
  const zerosOf = zerosByAccount(lines)
  const gated = numbers.filter(({ after }) => after.number === null).length - stops
  return {
    changes: lines.toSorted(byUrgency),
    writes,
    zeros: [...zerosOf.values()].reduce((sum, count) => sum + count, 0),
    zerosOf,
    stops,
    unchanged: numbers.length - gated - lines.length,
    gated,
    durationSeconds: Math.max(0, writes - rate.atOnce) / rate.perSecond,
    conflicts: numbers.flatMap(({ channelSku, after }) =>
      after.conflict === null ? [] : [`${channelSku}: ${after.conflict}`],
    ),
  }
}

function zerosByAccount(lines: readonly PlannedChange[]): Map<string, number> {
  const names = lines.filter((line) => line.to === 0 && line.from !== 0).flatMap(({ accounts }) => accounts)
  return new Map([...Map.groupBy(names, (name) => name)].map(([name, listings]) => [name, listings.length]))
}

function byUrgency(one: PlannedChange, other: PlannedChange): number {
  const rank = urgencyOf(one) - urgencyOf(other)
  if (rank !== 0) return rank
  return one.channelSku < other.channelSku ? -1 : 1
}

function urgencyOf({ to }: PlannedChange): number {
  if (to === 0) return 0
  return to === undefined ? 1 : 2
}
