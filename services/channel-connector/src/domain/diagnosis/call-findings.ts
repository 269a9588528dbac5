import { findCapability } from '@lockstep/sp-api/capabilities'
import type { DiagnosisFacts, FailureFacts, LimitFacts, RightFacts } from './facts.ts'
import { aboutCapability, type AffectedOperation, type Finding, finding } from './finding.ts'

/** What Amazon says to the calls, told apart by class: a denial is never a limit and a limit never a denial. */
export function callFindings({ now, rights, failures, limits, standing }: DiagnosisFacts): Finding[] {
  return [
    ...regionFindings(failures, standing.marketplace),
    ...denialFindings(rights, failures, standing.accountName),
    ...limitFindings(limits, failures, now),
    ...unwellFindings(failures, now),
    ...dataFindings(failures, now),
  ]
}

/** A seller of another region is denied everything: then no single role is at fault. */
function regionFindings(failures: readonly FailureFacts[], marketplace: string): Finding[] {
  const wrong = failures.filter((failure) => failure.outcome === 'wrong_region' && isLatest(failure))
  if (wrong.length === 0) return []
  return [
    finding({
      class: 'wrong_region',
      urgency: 'act',
      summary:
        'Amazon denies calls of every role and has never accepted one of this connection: the seller is of another region',
      since: earliest(wrong),
      operations: operationsOf(wrong),
      nextStep: `check the marketplace: the account says ${marketplace}; add one of the seller's own region and disable this one`,
    }),
  ]
}

/** One finding per capability that is refused, so that of mixed failures each has its own name. */
function denialFindings(rights: readonly RightFacts[], failures: readonly FailureFacts[], account: string): Finding[] {
  const refused = rights.filter(({ state }) => state === 'refused')
  if (failures.some((failure) => failure.outcome === 'wrong_region' && isLatest(failure))) return []
  return [...Map.groupBy(refused, ({ capability }) => capability)].map(([name, kinds]) => {
    const known = findCapability(name)
    const denied = failures.filter(({ outcome, capability }) => outcome === 'denied' && capability === name)
    const scope = known?.scope ? ` (the scope "${known.scope}" of set-up guides)` : ''
    const role = roleOf(kinds, known?.roles[0] ?? '')
    return finding({
      ...aboutCapability(name),
      class: 'denied',
      urgency: 'act',
      summary: `${known?.without ?? `calls of ${name} fail`}: Amazon denies the calls by which ${known?.does ?? name}${scope}`,
      since: new Date(Math.min(...kinds.map(({ since }) => since.getTime()))),
      operations: operationsOf(denied),
      nextStep: `grant the role "${role}" to the application in the Developer Console, then authorise this account again: lockstep accounts authorise ${account}`,
    })
  })
}

/** Reports need the role of what they are about, which their type tells. */
function roleOf(kinds: readonly RightFacts[], usual: string): string {
  const types = kinds.map(({ requestType }) => requestType)
  if (types.some((type) => type.startsWith('GET_FBA_') || type.includes('_AFN_'))) return 'Amazon Fulfillment'
  if (types.some((type) => type.includes('ORDER'))) return 'Inventory and Order Tracking'
  return usual
}

/** Throttled this often within an hour it does not heal by waiting. */
const persistentPerHour = 10

function limitFindings(limits: readonly LimitFacts[], failures: readonly FailureFacts[], now: Date): Finding[] {
  return limits.flatMap((limit) => {
    const throttled = failures.filter(
      ({ outcome, operation, throttledLevel }) =>
        outcome === 'throttled' && operation === limit.operation && (throttledLevel ?? 'pair') === limit.level,
    )
    return isDry(limit, throttled) ? [limitFinding(limit, throttled, now)] : []
  })
}

/** A limit that ran dry lately and often, or whose last word was a 429. One that was let in since has healed. */
function isDry({ throttledInARow, throttledLastHour }: LimitFacts, throttled: readonly FailureFacts[]): boolean {
  return (
    throttledInARow > 0 || throttledLastHour >= persistentPerHour || (throttledLastHour > 0 && throttled.some(isLatest))
  )
}

function limitFinding(limit: LimitFacts, throttled: readonly FailureFacts[], now: Date): Finding {
  const about = {
    ...aboutCapability(throttled[0]?.capability ?? ''),
    roles: [],
    since: earliest(throttled) ?? limit.lastThrottledAt,
    operations: operationsOf(throttled),
    limitLevel: limit.level,
    retriedAt: limit.nextSlotAt > now ? limit.nextSlotAt : undefined,
  }
  const times = `${limit.throttledLastHour} times in the last hour`
  if (limit.isProbing) return sharedQuota(limit, about)
  const isPersistent = limit.throttledLastHour >= persistentPerHour
  return finding({
    ...about,
    class: 'throttled',
    urgency: isPersistent ? 'act' : 'wait',
    summary: `Amazon throttled ${limit.operation} ${times}: ${levelWords(limit.level)}`,
    nextStep: isPersistent
      ? 'call less: reduce polling, or stagger feeds and inventory (quiet hours for bulk jobs)'
      : `do nothing: it is tried again ${timeWords(about.retriedAt)}`,
  })
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

function timeWords(at: Date | undefined): string {
  return at ? `at ${at.toISOString().slice(11, 16)} UTC` : 'with the next token'
}

const freshMs = 15 * 60_000

/** Amazon itself is not well, or answers got lost. Only what was lately: the rest has passed. */
function unwellFindings(failures: readonly FailureFacts[], now: Date): Finding[] {
  const lately = failures.filter((failure) => isLately(failure, now) && isLatest(failure))
  const outage = lately.filter(({ outcome }) => outcome === 'outage')
  const unknown = lately.filter(({ outcome }) => outcome === 'unknown')
  const findings: Finding[] = []
  if (outage.length > 0) {
    findings.push(
      finding({
        class: 'outage',
        urgency: 'wait',
        summary: 'Amazon is not well: it answers with errors of its own',
        since: earliest(outage),
        operations: operationsOf(outage),
        nextStep: 'do nothing: it is tried again by itself, less often while it lasts',
      }),
    )
  }
  if (unknown.length > 0) {
    findings.push(
      finding({
        class: 'unknown',
        urgency: 'wait',
        summary: 'calls left and no whole answer came: they may have been done',
        since: earliest(unknown),
        operations: operationsOf(unknown),
        nextStep: 'do nothing: Amazon is asked before anything is repeated',
      }),
    )
  }
  return findings
}

/** Wrong values and things Amazon does not know; a day old they have been seen to or will show again. */
function dataFindings(failures: readonly FailureFacts[], now: Date): Finding[] {
  const recent = failures.filter(({ lastAt }) => now.getTime() - lastAt.getTime() < 24 * 3_600_000)
  const kinds = [
    {
      outcome: 'invalid_data',
      summary: 'Amazon does not take a value that was sent',
      nextStep:
        'look at what Amazon names: lockstep why <account> <channel-sku>, or the report or despatch it belongs to',
    },
    {
      outcome: 'not_found',
      summary: 'Amazon does not know something it was asked about',
      nextStep:
        'check that the listing, order or report still exists in Seller Central, then refresh: lockstep mapping refresh <account>',
    },
  ] as const
  return kinds.flatMap(({ outcome, summary, nextStep }) => {
    const found = recent.filter((failure) => failure.outcome === outcome)
    if (found.length === 0) return []
    return [
      finding({
        class: outcome,
        urgency: 'know',
        summary,
        since: earliest(found),
        operations: operationsOf(found),
        nextStep,
      }),
    ]
  })
}

/** Whether it was the last word on its kind of call. */
function isLatest({ lastAt, lastAcceptedAt }: FailureFacts): boolean {
  return lastAcceptedAt === null || lastAcceptedAt < lastAt
}

function isLately({ lastAt }: FailureFacts, now: Date): boolean {
  return now.getTime() - lastAt.getTime() < freshMs
}

function earliest(failures: readonly FailureFacts[]): Date | undefined {
  if (failures.length === 0) return undefined
  return new Date(Math.min(...failures.map(({ firstAt }) => firstAt.getTime())))
}

function operationsOf(failures: readonly FailureFacts[]): AffectedOperation[] {
  return failures
    .map(({ operation, requestType, count, lastAt, lastErrorCode }) => ({
      operation,
      type: requestType,
      count,
      lastAt,
      errorCode: lastErrorCode ?? '',
    }))
    .toSorted((a, b) => b.count - a.count)
}
