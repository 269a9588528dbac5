import { findCapability } from '@lockstep/sp-api/capabilities'
import type { DiagnosisFacts, FailureFacts, FlowFacts, RightFacts } from './facts.ts'
import { earliest, isLatest, operationsOf } from './failures.ts'
import { aboutCapability, type Finding, finding } from './finding.ts'
import { limitFindings } from './limit-findings.ts'

/** What Amazon says to the calls, told apart by class: a denial is never a limit and a limit never a denial. */
export function callFindings({ now, rights, failures, limits, standing, flow }: DiagnosisFacts): Finding[] {
  return [
    ...regionFindings(failures, standing.marketplace),
    ...denialFindings(rights, failures, { account: standing.accountName, jobs: flow.runningJobs }),
    ...limitFindings(limits, failures, now),
    ...unwellFindings(failures, now),
    ...dataFindings(failures, now, standing.accountName),
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
function denialFindings(
  rights: readonly RightFacts[],
  failures: readonly FailureFacts[],
  { account, jobs }: { account: string; jobs: FlowFacts['runningJobs'] },
): Finding[] {
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
      summary: `${known?.without ?? `calls of ${name} fail`}: Amazon denies the calls by which ${known?.does ?? name}${scope}${jobWords(name, jobs)}`,
      since: new Date(Math.min(...kinds.map(({ since }) => since.getTime()))),
      operations: operationsOf(denied),
      nextStep: `grant the role "${role}" to the application in the Developer Console, then authorise this account again: lockstep accounts authorise ${account}`,
    })
  })
}

/** Bulk jobs go out by the calls of listings and feeds: denied, they stand still without ending. */
function jobWords(capability: string, { jobs, lines }: FlowFacts['runningJobs']): string {
  if (jobs === 0 || (capability !== 'listings' && capability !== 'feeds')) return ''
  const still = lines === 1 ? '1 line' : `${lines} lines`
  return jobs === 1 ? `; a bulk job waits with ${still} to go` : `; ${jobs} bulk jobs wait with ${still} to go`
}

/** Reports need the role of what they are about, which their type tells. */
function roleOf(kinds: readonly RightFacts[], usual: string): string {
  const types = kinds.map(({ requestType }) => requestType)
  if (types.some((type) => type.startsWith('GET_FBA_') || type.includes('_AFN_'))) return 'Amazon Fulfillment'
  if (types.some((type) => type.includes('ORDER'))) return 'Inventory and Order Tracking'
  return usual
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
function dataFindings(failures: readonly FailureFacts[], now: Date, account: string): Finding[] {
  const recent = failures.filter(({ lastAt }) => now.getTime() - lastAt.getTime() < 24 * 3_600_000)
  const kinds = [
    {
      outcome: 'invalid_data',
      summary: 'Amazon does not take a value that was sent',
      nextStep: `see which calls: lockstep log ${account} --class invalid_data; then the listing, report or despatch they belong to`,
    },
    {
      outcome: 'not_found',
      summary: 'Amazon does not know something it was asked about',
      nextStep: `check that the listing, order or report still exists in Seller Central, then refresh: lockstep mapping refresh ${account}`,
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

function isLately({ lastAt }: FailureFacts, now: Date): boolean {
  return now.getTime() - lastAt.getTime() < freshMs
}
