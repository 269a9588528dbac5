import { endWords, isAnnounced, secretNextStep } from '../credential-life.ts'
import type { StandingFacts } from './facts.ts'
import { type Finding, finding } from './finding.ts'

/** What is wrong with the connection itself. While it is held, nothing else of the account can work. */
export function connectionFindings(standing: StandingFacts): Finding[] {
  const { accountName, sellerId, marketplace, api, state, stateDetail, stateAt } = standing
  if (api === 'mws') {
    return [
      finding({
        class: 'legacy_connection',
        urgency: 'act',
        summary:
          'connected by MWS, which Amazon has closed: orders arrive hours late or never, and no log shows an error',
        nextStep: `add it afresh by SP-API (lockstep accounts add --seller ${sellerId} --marketplace ${marketplace}), then lockstep accounts disable ${accountName}`,
      }),
    ]
  }
  const authorise = `authorise the account again: lockstep accounts authorise ${accountName}`
  switch (state) {
    case 'no_credentials':
      return [
        finding({
          class: 'no_credentials',
          urgency: 'act',
          summary: 'no refresh token is stored: nothing is sent and nothing arrives',
          since: stateAt,
          nextStep: `authorise the account: lockstep accounts authorise ${accountName}`,
        }),
      ]
    case 'reauthorise':
      return [
        finding({
          class: 'authorisation_revoked',
          urgency: 'act',
          summary: `${stateDetail}; calls are held and keep their place, other sellers go on`,
          since: stateAt,
          nextStep: authorise,
        }),
      ]
    case 'application_refused':
      return [
        finding({
          class: 'application_credentials',
          urgency: 'act',
          summary: `${stateDetail}; every seller of the application stands still`,
          since: stateAt,
          nextStep: secretNextStep,
        }),
      ]
    case 'untested':
    case 'connected':
      return []
    default:
      return state satisfies never
  }
}

/** What ends within a month, or has ended. */
export function expiryFindings({ accountName, consentEnd, secretEnd, api }: StandingFacts, now: Date): Finding[] {
  if (api === 'mws') return []
  const consent = isAnnounced(consentEnd, now) && {
    ...finding({
      class: 'consent_ends',
      urgency: 'act',
      summary: `the seller's consent ${endWords(consentEnd, now)}; without it every call fails`,
      nextStep: `authorise the account again: lockstep accounts authorise ${accountName}`,
    }),
  }
  const secret = isAnnounced(secretEnd, now) && {
    ...finding({
      class: 'secret_ends',
      urgency: 'act',
      summary: `the application's client secret ${endWords(secretEnd, now)}; without it every seller stands still`,
      nextStep: secretNextStep,
    }),
  }
  return [consent, secret].filter((one) => one !== false)
}

/** Amazon sells what it keeps by itself: summed into the listings that we ship, each unit is offered twice. Somebody confirmed that; it stays to be seen. */
export function poolFindings({ summedFba, accountName }: StandingFacts): Finding[] {
  if (summedFba.length === 0) return []
  return [
    finding({
      class: 'fba_stock_summed',
      urgency: 'act',
      summary: `the stock that Amazon keeps in ${summedFba.join(', ')} is summed into what this account ships itself: its units are offered twice`,
      nextStep: `lockstep accounts settings ${accountName} --channel-specific-stock on`,
    }),
  ]
}

/** Why nothing is sent although nothing is broken: switches that people set. */
export function switchFindings(standing: StandingFacts): Finding[] {
  const { accountName, enabled, updateInventory, pausedAt, pausedHard, hasLocations, api } = standing
  if (api === 'mws') return []
  if (!enabled) return [know('the account is off', `lockstep accounts enable ${accountName}`)]
  const findings: Finding[] = []
  if (!updateInventory) {
    findings.push(
      know(
        'Update inventory is off: no stock level is sent',
        `look at what would be sent: lockstep sync dry-run ${accountName}`,
      ),
    )
  }
  if (!hasLocations) {
    findings.push(
      know('no location is mapped: no stock level is sent', `lockstep locations map ${accountName} <location>`),
    )
  }
  if (pausedAt) {
    const zeros = pausedHard ? 'zeros included' : 'only zeros pass'
    findings.push(know(`it is paused, ${zeros}`, `lockstep sync resume ${accountName}`, pausedAt))
  }
  return findings
}

function know(summary: string, nextStep: string, since?: Date): Finding {
  return finding({ class: 'not_sending', urgency: 'know', touches: 'FBM', summary, nextStep, since })
}
