import { callFindings } from './call-findings.ts'
import type { DiagnosisFacts } from './facts.ts'
import { byUrgency, type Check, type Finding, type FindingClass } from './finding.ts'
import { flowFindings } from './flow-findings.ts'
import { connectionFindings, expiryFindings, poolFindings, switchFindings } from './standing-findings.ts'

/** What is wrong, the most urgent first, and everything that was looked at. */
export interface Diagnosis {
  findings: Finding[]
  checks: Check[]
}

/** Names everything that is wrong with an account. Pure: the same facts give the same diagnosis. */
export function diagnose(facts: DiagnosisFacts): Diagnosis {
  const held = connectionFindings(facts.standing)
  const findings = byUrgency([
    ...held,
    ...expiryFindings(facts.standing, facts.now),
    // While the connection is held, what its calls met before is not what is wrong now.
    ...(held.length > 0 ? [] : callFindings(facts)),
    ...(facts.standing.api === 'mws' ? [] : flowFindings(facts)),
    ...poolFindings(facts.standing),
    ...switchFindings(facts.standing),
  ])
  return { findings, checks: checksOf(facts, findings) }
}

type Looked = readonly [check: string, classes: readonly FindingClass[], whenWell: string]

const looked: readonly Looked[] = [
  [
    'connection',
    ['legacy_connection', 'no_credentials', 'authorisation_revoked', 'application_credentials', 'wrong_region'],
    'Amazon lets the connection in',
  ],
  ['capabilities', ['denied'], 'nothing is denied'],
  ['limits', ['throttled', 'quota_shared'], 'no limit ran dry within the hour'],
  ['amazon', ['outage', 'unknown'], 'Amazon answers'],
  ['data', ['invalid_data', 'not_found'], 'Amazon takes what is sent'],
  ['orders', ['orders_behind'], 'orders are downloaded as they come'],
  ['shared_skus', ['shared_sku_conflict', 'disabled_sibling'], 'no accounts ask for different numbers of one SKU'],
  ['lead_times', ['lead_time_missing'], 'no item lacks the days to ship that it should bring'],
  ['stock_pools', ['fba_stock_summed'], 'no unit that Amazon keeps is offered a second time'],
  ['feeds', ['feed_stuck', 'feeds_stopped'], 'no feed is past its deadline, none was refused as a whole'],
  ['numbers', ['unverified', 'drift', 'zeros_held'], 'what Amazon shows is what was sent'],
  ['consent', ['consent_ends'], 'the consent lasts'],
  ['secret', ['secret_ends'], "the application's secret lasts"],
  ['switches', ['not_sending'], 'everything is switched on'],
]

function checksOf(facts: DiagnosisFacts, findings: readonly Finding[]): Check[] {
  return looked.map(([check, classes, whenWell]) => {
    const found = findings.filter((finding) => classes.includes(finding.class))
    if (found.length > 0) {
      const isOver = found.every(({ endedAt }) => endedAt !== undefined)
      return { check, ok: isOver, detail: found.map(({ summary }) => summary).join('; ') }
    }
    return { check, ok: true, detail: unknownWords(check, facts) ?? awaitedWords(check, facts) ?? whenWell }
  })
}

/** A number that was accepted a moment ago is no finding, but what Amazon shows is not known to be it either. */
function awaitedWords(check: string, { flow }: DiagnosisFacts): string | undefined {
  if (check !== 'numbers' || flow.notSeenYet === 0) return undefined
  const numbers = flow.notSeenYet === 1 ? '1 number was' : `${flow.notSeenYet} numbers were`
  return `${numbers} accepted and not yet seen; the rest of what Amazon shows is what was sent`
}

/** What cannot be known is said, not passed off as well. */
function unknownWords(check: string, { standing, rights }: DiagnosisFacts): string | undefined {
  if (check === 'secret' && !standing.secretEnd) {
    return 'not known when it was issued: set AMAZON_LWA_SECRET_ISSUED_AT to have its end announced'
  }
  if (check !== 'capabilities') return undefined
  const untried = rights.filter(({ state }) => state === 'unknown').length
  return untried > 0
    ? `nothing is denied; ${untried} kinds of calls were not tried since the last authorisation`
    : undefined
}
