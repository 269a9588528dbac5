import type { ForeseenNumber } from './foreseen-push.ts'

/** One write that would go out. */
export interface PlannedChange {
  channelSku: string
  /** What Amazon holds; undefined when it could not be read. */
  from: number | undefined
  to: number
}

/** Everything that would go out, and what would not. */
export interface PlannedPush {
  /** To zero first, then by SKU. */
  changes: PlannedChange[]
  zeros: number
  unchanged: number
  gated: number
  durationSeconds: number
  /** What listings that share a SKU disagree about, one text per SKU. */
  conflicts: string[]
}

/** Compares the numbers with what Amazon holds. A level that could not be read counts as another one. */
export function planPush(
  numbers: readonly ForeseenNumber[],
  live: ReadonlyMap<string, number>,
  rate: { perSecond: number; atOnce: number },
): PlannedPush {
  const wanted = numbers.flatMap(({ channelSku, number }) =>
    number === null ? [] : [{ channelSku, from: live.get(channelSku), to: number }],
  )
  const changes = wanted.filter((change) => change.from !== change.to).toSorted(byUrgency)
  return {
    changes,
    zeros: changes.filter((change) => change.to === 0).length,
    unchanged: wanted.length - changes.length,
    gated: numbers.length - wanted.length,
    durationSeconds: Math.max(0, changes.length - rate.atOnce) / rate.perSecond,
    conflicts: numbers.flatMap(({ channelSku, conflict }) => (conflict === null ? [] : [`${channelSku}: ${conflict}`])),
  }
}

function byUrgency(one: PlannedChange, other: PlannedChange): number {
  const zerosFirst = Number(one.to !== 0) - Number(other.to !== 0)
  if (zerosFirst !== 0) return zerosFirst
  return one.channelSku < other.channelSku ? -1 : 1
}
