import { setTimeout as delay } from 'node:timers/promises'

import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import {
  AuthorisationState,
  type BeginAuthorisationResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/authorisation_service.ts'
import { call } from '@lockstep/rpc/client'
import { RefusalError } from '@lockstep/rpc/refusal'

import { TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import type { Output } from '../output.ts'
import { isoTime } from '../shapes/values.ts'

/** Begins an authorisation by the seller's consent. */
export function beginByWebsite(context: CliContext, account: string): Promise<BeginAuthorisationResponse> {
  const asking = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  return call(context.clients.authorisation, 'beginAuthorisation', { account }, asking)
}

/** Where the seller consents, for whoever does not wait. */
export function begunOutput(begun: BeginAuthorisationResponse): Output {
  const expiresAt = isoTime(begun.expiresAt)
  return {
    json: { authorisation: { id: begun.authorisationId, consent_url: begun.consentUrl, expires_at: expiresAt } },
    text: `open in a browser until ${String(expiresAt)}:\n${begun.consentUrl}\n`,
  }
}

const ASK_EVERY_MS = 1_000

/** Says where the seller consents and waits until they have come back, ten minutes at most. Answers the account afterwards. */
export async function waitForConsent(
  context: CliContext,
  begun: BeginAuthorisationResponse,
): Promise<Account | undefined> {
  context.progress(`open in a browser, consent, and come back here:\n\n  ${begun.consentUrl}\n\nwaiting …`)
  const asking = { timeoutMs: TIMEOUT_MS, readOnly: true, actor: context.actor }
  const { authorisationId } = begun
  for (;;) {
    const now = await call(context.clients.authorisation, 'getAuthorisation', { authorisationId }, asking)
    if (now.state === AuthorisationState.COMPLETED) return now.account
    if (now.state !== AuthorisationState.WAITING) throw endOf(now.state, now.detail)
    await delay(ASK_EVERY_MS)
  }
}

function endOf(state: AuthorisationState, detail: string): RefusalError {
  const isExpired = state === AuthorisationState.EXPIRED
  return new RefusalError({
    reason: isExpired ? 'AUTHORISATION_STALE' : 'AUTHORISATION_REFUSED',
    status: 'FAILED_PRECONDITION',
    message: isExpired ? 'nobody consented within ten minutes' : `the authorisation was refused: ${detail}`,
    nextStep: 'begin anew: lockstep accounts authorise <account>',
  })
}
