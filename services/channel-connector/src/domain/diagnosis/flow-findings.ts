import type { DiagnosisFacts, FlowFacts } from './facts.ts'
import { aboutCapability, type Finding, finding } from './finding.ts'

/** The poll is five minutes apart; this far behind several of them have failed. */
const behindMs = 20 * 60_000

/** What is late or waits for a person although the calls may all go well. */
export function flowFindings(facts: DiagnosisFacts): Finding[] {
  return [
    ...orderFindings(facts),
    ...conflictFindings(facts),
    ...siblingFindings(facts),
    ...leadTimeFindings(facts),
    ...waitingFindings(facts),
    ...numberFindings(facts),
  ]
}

function orderFindings({ now, standing, flow }: DiagnosisFacts): Finding[] {
  if (!standing.enabled || standing.api === 'mws' || flow.authorisedAt === null) return []
  const from = flow.coveredUntil ?? flow.authorisedAt
  if (now.getTime() - from.getTime() < behindMs) return []
  const minutes = Math.round((now.getTime() - from.getTime()) / 60_000)
  const never = flow.coveredUntil === null ? 'no order poll has ended yet' : `orders are ${minutes} minutes behind`
  const gate = flow.wentLiveAt === null ? '; no stock level is sent before the first run has ended' : ''
  return [
    finding({
      ...aboutCapability('orders'),
      roles: [],
      class: 'orders_behind',
      urgency: 'act',
      summary: `${never}${gate}`,
      since: from,
      nextStep: `see why, then poll now: lockstep sync status ${standing.accountName}; lockstep orders sync ${standing.accountName}`,
    }),
  ]
}

/** One seller's SKU in several marketplaces is one quantity at Amazon: accounts that want different numbers overwrite each other. */
function conflictFindings({ flow, standing }: DiagnosisFacts): Finding[] {
  if (flow.conflictCount === 0) return []
  const skus =
    flow.conflictCount === 1
      ? 'a SKU that several accounts list has one quantity at Amazon, and they'
      : `${flow.conflictCount} SKUs that several accounts list have one quantity each at Amazon, and they`
  return [
    finding({
      ...aboutCapability('listings'),
      roles: [],
      class: 'shared_sku_conflict',
      urgency: 'act',
      summary: `same seller, different marketplaces, same SKU: ${skus} ask for different numbers`,
      skus: flow.conflicts,
      skuCount: flow.conflictCount,
      nextStep: `give each marketplace a SKU of its own (lockstep conflicts remedy ${standing.accountName}), or choose who decides: lockstep conflicts resolve ${standing.accountName}`,
    }),
  ]
}

/** Sent without days to ship, a listing gets Amazon's own default. */
function leadTimeFindings({ flow: { withoutLeadTime }, standing }: DiagnosisFacts): Finding[] {
  const { count, skus } = withoutLeadTime
  if (count === 0) return []
  return [
    finding({
      class: 'lead_time_missing',
      urgency: 'know',
      touches: 'FBM',
      summary: `the items of ${count} listings bring no days to ship: Amazon's own default counts for them`,
      skus: skus.map((channelSku) => ({ channelSku, accounts: [standing.accountName], detail: '' })),
      skuCount: count,
      nextStep: 'give each item the property, such as: lockstep items set <item> --property "Despatch Time=3"',
    }),
  ]
}

/** An account that is off still sells from a shared quantity, and nobody downloads what it sells. */
function siblingFindings({ flow }: DiagnosisFacts): Finding[] {
  const { disabledSiblings, disabledSiblingCount: count } = flow
  const off = [...new Set(disabledSiblings.flatMap(({ accounts }) => accounts))]
  if (off.length === 0) return []
  const skus = count === 1 ? 'a SKU is' : `${count} SKUs are`
  return [
    finding({
      ...aboutCapability('orders'),
      roles: [],
      class: 'disabled_sibling',
      urgency: 'act',
      summary: `${skus} sold by ${off.join(', ')} too, which is off: it sells from the same quantity, and its orders are not downloaded`,
      skus: disabledSiblings,
      skuCount: count,
      nextStep: `lockstep accounts enable ${off[0] ?? ''}, or close its listings of these SKUs in Seller Central`,
    }),
  ]
}

function waitingFindings({ flow, standing }: Pick<DiagnosisFacts, 'flow' | 'standing'>): Finding[] {
  const findings = feedFindings({ flow, standing })
  if (flow.heldZeros) {
    findings.push(
      finding({
        ...aboutCapability('listings'),
        roles: [],
        class: 'zeros_held',
        urgency: 'act',
        summary: `${flow.heldZeros.count} numbers of 0 wait for a confirmation`,
        since: flow.heldZeros.since,
        nextStep: `lockstep sync confirm-zeros ${standing.accountName} ${flow.heldZeros.confirmation}`,
      }),
    )
  }
  return findings
}

function feedFindings({ flow, standing }: Pick<DiagnosisFacts, 'flow' | 'standing'>): Finding[] {
  const { accountName } = standing
  const about = { ...aboutCapability('feeds'), roles: [], urgency: 'act' as const }
  const findings: Finding[] = []
  if (flow.stuckFeeds) {
    const { count, since, detail } = flow.stuckFeeds
    const feeds = count === 1 ? 'a feed is' : `${count} feeds are`
    const summary = `${feeds} past the deadline at Amazon: ${detail}`
    const nextStep = `take its Amazon feed id to Amazon's support: lockstep feeds amazon ${accountName}`
    findings.push(finding({ ...about, class: 'feed_stuck', summary, since, nextStep }))
  }
  const [stop] = flow.feedStops
  if (stop) {
    const refused = flow.feedStops.map(({ purpose, detail }) => `${purpose} (${detail})`).join(', ')
    const summary = `Amazon refused whole feeds of ${refused}: no more of them are made, single writes go on`
    const nextStep = `once the cause is mended: lockstep feeds allow ${accountName}`
    findings.push(finding({ ...about, class: 'feeds_stopped', summary, since: stop.since, nextStep }))
  }
  return findings
}

const listingsOf = (count: number): string => (count === 1 ? '1 listing' : `${count} listings`)

/** The first so many SKUs of a finding are named. */
const skusNamed = 10

function numberFindings({ flow, standing: { accountName } }: DiagnosisFacts): Finding[] {
  return [
    ...(flow.refused > 0 ? [refusedFinding(flow, accountName)] : []),
    ...(flow.unverified > 0 ? [unverifiedFinding(flow, accountName)] : []),
    ...(flow.drift > 0 ? [driftFinding(flow, accountName)] : []),
  ]
}

function refusedFinding({ refused, refusedFirst: { first, since } }: FlowFacts, account: string): Finding {
  return finding({
    ...aboutCapability('listings'),
    roles: [],
    urgency: 'act',
    class: 'invalid_data',
    summary: `Amazon refused the number of ${listingsOf(refused)}`,
    since: since ?? undefined,
    skus: first.slice(0, skusNamed).map(({ channelSku, quantity, issue }) => ({
      channelSku,
      accounts: [account],
      detail: `${quantity ?? 'the number'} refused${issue === '' ? '' : `: ${issue}`}`,
    })),
    skuCount: refused,
    nextStep: `see why, and mend the listing: lockstep why ${account} ${skuOf(first)}; all of them: lockstep mapping list ${account}`,
  })
}

function unverifiedFinding({ unverified, unverifiedFirst: { first, since } }: FlowFacts, account: string): Finding {
  return finding({
    ...aboutCapability('listings'),
    roles: [],
    urgency: 'know',
    class: 'unverified',
    summary: `${listingsOf(unverified)} never showed the number that Amazon accepted`,
    since: since ?? undefined,
    skus: first.slice(0, skusNamed).map(({ channelSku, quantity, live }) => ({
      channelSku,
      accounts: [account],
      detail: `${quantity ?? 'a number'} was accepted, Amazon shows ${live ?? 'none'}`,
    })),
    skuCount: unverified,
    nextStep: `see why: lockstep why ${account} ${skuOf(first)}; to send it again: lockstep sync resend ${account} ${skuOf(first)}`,
  })
}

/** The first SKU, for a command. */
function skuOf([first]: readonly { channelSku: string }[]): string {
  return quoted(first?.channelSku ?? '<channel-sku>')
}

function driftFinding(flow: FlowFacts, account: string): Finding {
  const { drift, drifted, driftSince } = flow
  const shows = drift === 1 ? 'shows' : 'show'
  return finding({
    ...aboutCapability('listings'),
    roles: [],
    urgency: 'know',
    class: 'drift',
    summary: `${listingsOf(drift)} ${shows} a number at Amazon that is not ours; the next change of ours goes out over it`,
    since: driftSince ?? undefined,
    skus: drifted.slice(0, skusNamed).map(({ channelSku, kind, live }) => ({
      channelSku,
      accounts: [account],
      detail: `Amazon shows ${live ?? 'another number'} (${kind.replaceAll('_', ' ')})`,
    })),
    skuCount: drift,
    nextStep: `see what each shows: lockstep sync status ${account}; to send ours again: lockstep sync resend ${account} ${skuOf(drifted)}`,
  })
}

/** As a shell takes it: spaces and signs of a SKU matter. */
function quoted(sku: string): string {
  return /^[\w.<>-]+$/.test(sku) ? sku : `'${sku.replaceAll("'", `'\\''`)}'`
}
