import { type Finding, Urgency } from '@lockstep/contracts/generated/lockstep/channel/v1/diagnosis_service.ts'

/** What of a listing's explanation says what its next step is. */
export interface NextStep {
  readonly action: string
  readonly blockedBy: string | null
  readonly channelSku: string
}

/** What holds back every call of a connection. */
const holdsAll: ReadonlySet<string> = new Set([
  'legacy_connection',
  'no_credentials',
  'authorisation_revoked',
  'application_credentials',
  'wrong_region',
])

/** What holds back the calls it names. */
const holdsCalls: ReadonlySet<string> = new Set(['throttled', 'quota_shared', 'denied', 'outage'])

const reads: readonly string[] = ['searchListingsItems', 'getListingsItem']

/** The findings of an account that hold back the next step of one listing; what concerns other listings or other calls is none of them. */
export function holdingFindings(findings: readonly Finding[], next: NextStep): Finding[] {
  return findings.filter((finding) => finding.urgency !== Urgency.KNOW && holdsBack(finding, next))
}

function holdsBack(finding: Finding, { action, blockedBy, channelSku }: NextStep): boolean {
  if (holdsAll.has(finding.class)) return true
  if (finding.skus.some((sku) => sku.channelSku === channelSku)) return true
  if (finding.class === 'zeros_held') return blockedBy === 'MASS_ZERO'
  if (finding.class === 'feed_stuck') return blockedBy === 'BARRIER'
  if (finding.class === 'denied' && blockedBy === 'DENIED') return finding.capability === 'listings'
  if (action === 'none' || !holdsCalls.has(finding.class)) return false
  const calls = action === 'read' ? reads : [...reads, 'patchListingsItem']
  return finding.operations.some(({ operation }) => calls.includes(operation))
}
