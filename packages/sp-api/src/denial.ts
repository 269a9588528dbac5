import type { AmazonError } from './amazon-error.ts'
import type { CapabilityNeed } from './capabilities.ts'
import type { Operation } from './operations.ts'
import type { CallContext, Verdict } from './verdict.ts'

const TOKEN_LIFE_MS = 3_600_000

/** A 401 or a 403, as it came. */
export interface Denial {
  readonly status: number
  readonly error: AmazonError | undefined
  readonly need: CapabilityNeed
}

/** Amazon says expired, revoked, unknown path and missing right in one and the same error: only its details, the token's age and what else was denied tell them apart. */
export function classifyDenial(denial: Denial, operation: Operation, context: CallContext): Verdict {
  const { status, error } = denial
  const words = `${error?.message ?? ''} ${error?.details ?? ''}`
  const isOld = (context.tokenAgeMs ?? 0) >= TOKEN_LIFE_MS
  const isRevoked = /revoked|malformed or invalid/i.test(words)
  if (status === 401 || (isRevoked && isOld) || /has expired|token included in the request is expired/i.test(words)) {
    const nextStep = 'do nothing: a new access token is fetched and the call made once more'
    return { outcome: 'token_expired', detail: 'the access token has expired', nextStep }
  }
  if (isRevoked) {
    return {
      outcome: 'authorisation_revoked',
      detail: 'Amazon says the access token is revoked or invalid',
      nextStep: 'authorise the account again: lockstep accounts authorise <account>',
    }
  }
  if (isOurOwn(error)) {
    return {
      outcome: 'invalid_data',
      detail: `Amazon does not take the form of ${operation.name}`,
      nextStep: 'report it: the call is not the caller’s fault',
    }
  }
  return classifyMissingRight(denial, operation, context)
}

/** An address that the front door does not know, or a token that did not arrive in its header: no grant would mend it. */
function isOurOwn(error: AmazonError | undefined): boolean {
  return error?.code === 'MissingAuthenticationToken' || /token is missing in the request/i.test(error?.details ?? '')
}

/**
 * A missing role and a seller of another region are answered alike. Nothing of the connection having ever worked, while this role is known to be there or
 * calls of other roles are denied as well, points at the region.
 */
function classifyMissingRight({ need }: Denial, operation: Operation, context: CallContext): Verdict {
  const { capability, role, type } = need
  const what = type === '' ? operation.name : `${operation.name} of ${type}`
  const hasRole = context.grantedRoles?.includes(role) === true
  const isShutOutOfAll = context.deniedRoles?.some((denied) => denied !== role) === true
  if (context.everAccepted === false && (hasRole || isShutOutOfAll)) {
    const why = hasRole
      ? 'though the role is there'
      : `as it does calls of the role "${String(context.deniedRoles?.[0])}"`
    return {
      outcome: 'wrong_region',
      detail: `Amazon denies ${what} ${why}, and has never accepted a call of this connection`,
      nextStep: 'check the region of the account: a seller of another region needs a connection of that region',
      capability: capability.name,
    }
  }
  return {
    outcome: 'denied',
    detail: `Amazon denies ${what}: ${capability.without}`,
    nextStep: `grant the role "${role}" to the application, then authorise the account again: lockstep accounts authorise <account>`,
    capability: capability.name,
    role,
  }
}
