import type { AccessToken } from '../channels/amazon/access-tokens.ts'
import { applicationHold, revokedHold, unreadableNextStep } from '../channels/amazon/connection-states.ts'
import { getParticipationsCall, type Participation } from '@lockstep/sp-api/sellers'
import type { Participations } from '../channels/amazon/participations.ts'
import type { Account } from '../store/accounts.ts'
import { type Connection, findConnection } from '../store/connections.ts'
import { refuseWithoutCredentials } from './account-credentials.ts'
import { type AmazonReply, callAmazon, type CallAmazonDeps } from './call-amazon.ts'
import { nameAccount } from './name-account.ts'

/** One thing that was tried. */
export interface TestStep {
  step: 'token' | 'marketplaces'
  ok: boolean
  detail: string
  nextStep: string
}

/** What testing an account needs. */
export interface TestAccountDeps extends CallAmazonDeps {
  participations: Participations
}

// Amazon lets a token be exchanged only so often; a proof this young still stands.
const proofLastsMs = 10_000
const waitForSlotMs = 5_000

/** Proves an account's credentials: the refresh token is exchanged, and the seller's marketplaces are read with what came of it. */
export async function testAccount(
  deps: TestAccountDeps,
  account: Account,
  { signal }: { signal: AbortSignal },
): Promise<TestStep[]> {
  refuseWithoutCredentials(account)
  const connection = await findConnection(deps.db, account.connectionId)
  if (!connection) return []
  const token = tokenStep(await deps.tokens.prove(connection, proofLastsMs))
  if (!token.ok) return [namedStep(token, account)]
  return [token, namedStep(await marketplacesStep(deps, { account, connection, signal }), account)]
}

function namedStep(step: TestStep, { name }: Account): TestStep {
  return { ...step, nextStep: nameAccount(step.nextStep, name) }
}

function tokenStep(token: AccessToken): TestStep {
  switch (token.kind) {
    case 'token':
      return { step: 'token', ok: true, detail: 'Amazon exchanged the refresh token', nextStep: '' }
    case 'revoked':
      return { step: 'token', ok: false, detail: token.detail, nextStep: revokedHold('').nextStep }
    case 'application_refused':
      return { step: 'token', ok: false, detail: token.detail, nextStep: applicationHold('').nextStep }
    case 'failed':
      return { step: 'token', ok: false, detail: token.detail, nextStep: 'do nothing; try again in a minute' }
    case 'unreadable':
      return { step: 'token', ok: false, detail: token.detail, nextStep: unreadableNextStep }
    default:
      return token satisfies never
  }
}

interface Asked {
  account: Account
  connection: Connection
  signal: AbortSignal
}

/** The bucket of this operation gives one token a minute, so an answer is kept for a while and shown to whoever asks meanwhile. */
async function marketplacesStep(deps: TestAccountDeps, { account, connection, signal }: Asked): Promise<TestStep> {
  const kept = deps.participations.find(connection)
  if (kept) return participationStep(account, kept)
  const reply = await callAmazon(deps, {
    ...getParticipationsCall(),
    connectionId: connection.id,
    notAfter: new Date(Date.now() + waitForSlotMs),
    signal,
  })
  if (reply.outcome !== 'accepted') return refusedStep(reply)
  const read = deps.participations.keep(connection, reply.body)
  if (read) return participationStep(account, read)
  return refusedStep({ ...reply, detail: "Amazon's answer could not be read", nextStep: 'try again in a minute' })
}

function refusedStep({ detail, nextStep }: AmazonReply): TestStep {
  return { step: 'marketplaces', ok: false, detail, nextStep }
}

function participationStep(account: Account, participations: readonly Participation[]): TestStep {
  const own = participations.find(({ marketplaceId }) => marketplaceId === account.marketplaceId)
  const others = participations.map(({ countryCode }) => countryCode).join(', ')
  if (!own?.isParticipating) {
    const detail = `seller ${account.sellerId} does not sell in ${account.marketplace}; sells in ${others || 'no marketplace'}`
    const nextStep = 'check the seller id and the marketplace, or register for it in Seller Central'
    return { step: 'marketplaces', ok: false, detail, nextStep }
  }
  if (own.hasSuspendedListings) {
    const detail = `Amazon has suspended listings in ${account.marketplace}`
    return { step: 'marketplaces', ok: false, detail, nextStep: 'look at account health in Seller Central' }
  }
  return { step: 'marketplaces', ok: true, detail: `sells in ${others}`, nextStep: '' }
}
