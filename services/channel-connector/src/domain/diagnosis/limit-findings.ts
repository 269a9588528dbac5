import type { FailureFacts, LimitFacts } from './facts.ts'
import { earliest, latest, operationsOf } from './failures.ts'
import { aboutCapability, type Finding, finding } from './finding.ts'

/** Throttled this often within an hour it does not heal by waiting. */
const persistentPerHour = 10

/** So long after the last 429 it is still asked whether less can be called. */
const freshMs = 15 * 60_000

/** Limits that ran dry within the hour or still are: what happened, from when until when, and whether it is over. */
export function limitFindings(limits: readonly LimitFacts[], failures: readonly FailureFacts[], now: Date): Finding[] {
  return limits.flatMap((limit) => {
    const throttled = failures.filter((failure) => isThrottledBy(failure, limit))
    return ranDry(limit, now) ? [limitFinding(limit, throttled, now)] : []
  })
}

/** Whether a 429 was spoken by this limit. One of a feed type is named for the type, not for the call. */
export function isThrottledBy(
  { outcome, operation, requestType, throttledLevel }: FailureFacts,
  limit: Pick<LimitFacts, 'level' | 'operation'>,
): boolean {
  const isOwn = operation === limit.operation || requestType === limit.operation
  return outcome === 'throttled' && isOwn && (throttledLevel ?? 'pair') === limit.level
}

/** What nothing was called through since is told while something waits for it, or within the hour. */
function ranDry({ throttledInARow, throttledLastHour, waiting, lastThrottledAt }: LimitFacts, now: Date): boolean {
  if (throttledLastHour > 0) return true
  const isRecent = lastThrottledAt !== undefined && now.getTime() - lastThrottledAt.getTime() < 3_600_000
  return throttledInARow > 0 && (waiting > 0 || isRecent)
}

function limitFinding(limit: LimitFacts, throttled: readonly FailureFacts[], now: Date): Finding {
  const lastAt = latest(throttled) ?? limit.lastThrottledAt
  const isOver = limit.throttledInARow === 0 && !limit.isProbing
  // A time is promised only when something waits for it: else nothing is tried, and the moment would move with every look.
  const waitsUntil = limit.waiting > 0 && limit.nextSlotAt > now ? limit.nextSlotAt : undefined
  const about = {
    ...aboutCapability(throttled[0]?.capability ?? ''),
    roles: [],
    since: earliest(throttled) ?? limit.lastThrottledAt,
    endedAt: isOver ? lastAt : undefined,
    operations: operationsOf(throttled),
    limitLevel: limit.level,
    retriedAt: isOver ? undefined : waitsUntil,
  }
  if (limit.isProbing) return sharedQuota(limit, about)
  const summary = summaryOf(limit, { throttled, isOver, since: about.since, lastAt })
  const isFresh = lastAt !== undefined && now.getTime() - lastAt.getTime() < freshMs
  if (limit.throttledLastHour >= persistentPerHour && (!isOver || isFresh)) {
    const nextStep = 'call less: reduce polling, or stagger feeds and inventory (quiet hours for bulk jobs)'
    return finding({ ...about, class: 'throttled', urgency: 'act', summary, nextStep })
  }
  const urgency = isOver ? 'know' : 'wait'
  return finding({ ...about, class: 'throttled', urgency, summary, nextStep: nextStepOf(limit, isOver, waitsUntil) })
}

interface Incident {
  throttled: readonly FailureFacts[]
  isOver: boolean
  since: Date | undefined
  lastAt: Date | undefined
}

function summaryOf(limit: LimitFacts, { throttled, isOver, since, lastAt }: Incident): string {
  const logged = throttled.reduce((sum, one) => sum + one.count, 0)
  const count = logged > 0 ? logged : Math.max(1, limit.throttledLastHour)
  const times = count === 1 ? 'once' : `${count} times`
  const earlier = limit.throttledLastHour > count ? ` (${limit.throttledLastHour} times within the hour)` : ''
  const head = `Amazon throttled ${limit.operation} ${times}${spanWords(since, lastAt)}${earlier}: ${levelWords(limit.level)}`
  return isOver ? `${head}; it is over, calls go through again` : head
}

function spanWords(since: Date | undefined, lastAt: Date | undefined): string {
  if (!since || !lastAt) return ''
  if (clock(since) === clock(lastAt)) return ` at ${clock(since)} UTC`
  return ` from ${clock(since)} to ${clock(lastAt)} UTC`
}

function nextStepOf({ waiting }: LimitFacts, isOver: boolean, waitsUntil: Date | undefined): string {
  if (isOver) return 'nothing to do: it is over'
  if (waiting === 0) return 'do nothing: nothing waits for this limit; the next call shows whether it is over'
  return `do nothing: it is tried again ${waitsUntil ? `at ${clock(waitsUntil)} UTC` : 'with the next token'}`
}

function clock(at: Date): string {
  return at.toISOString().slice(11, 19)
}

/** We keep to the rate and are throttled all the same. */
function sharedQuota(limit: LimitFacts, about: Partial<Finding>): Finding {
  return finding({
    ...about,
    class: 'quota_shared',
    urgency: 'act',
    summary: `something else is using this quota: ${limit.operation} is throttled at a rate that we keep to; single probes go out`,
    nextStep:
      'find what else calls Amazon with this application for this seller (another installation, a script), and stop or slow it',
  })
}

const levels: Readonly<Record<string, string>> = {
  pair: 'the limit of this seller',
  application: 'a limit that all sellers of the application share',
  feed_type: 'the limit of this feed type',
  preview: 'the limit of validation previews',
}

function levelWords(level: string): string {
  return levels[level] ?? level
}
