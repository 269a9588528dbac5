import {
  AuthorisationServiceService,
  AuthorisationState,
  type CompleteAuthorisationRequest,
  type GetAuthorisationResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/authorisation_service.ts'
import { unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import { beginAuthorisation, type ConsentSettings } from '../commands/begin-authorisation.ts'
import { completeAuthorisation, type CompleteAuthorisationDeps } from '../commands/complete-authorisation.ts'
import { getAccount } from '../commands/get-account.ts'
import { refusal } from '../commands/refuse.ts'
import { type Authorisation, findAuthorisation } from '../store/authorisations.ts'
import { accountMessage } from './account-message.ts'

/** What the authorisation service works with. */
export interface AuthorisationServiceDeps extends CompleteAuthorisationDeps {
  consent: ConsentSettings
  secretExpiresAt: Date | undefined
  /** Wakes the relay and whoever fetches listings, after a token was stored. */
  poke(): void
}

/** A seller's consent over gRPC. */
export function authorisationServiceBinding(deps: AuthorisationServiceDeps): ServiceBinding {
  return serviceBinding(AuthorisationServiceService, {
    beginAuthorisation: unary(({ account }: { account: string }) => beginAuthorisation(deps, account)),
    completeAuthorisation: unary(async (request: CompleteAuthorisationRequest) => {
      const { state, sellingPartnerId: sellerId, oauthCode: code } = request
      const account = await completeAuthorisation(deps, { state, sellerId, code })
      deps.poke()
      return { account: accountMessage(account, deps.secretExpiresAt) }
    }),
    getAuthorisation: unary(({ authorisationId }: { authorisationId: string }) => handleGet(deps, authorisationId)),
  })
}

async function handleGet(deps: AuthorisationServiceDeps, id: string): Promise<GetAuthorisationResponse> {
  const authorisation = await findAuthorisation(deps.db, id)
  if (!authorisation) {
    const message = `there is no authorisation "${id}"; they are kept for a day`
    throw refusal('AUTHORISATION_UNKNOWN', { message, field: 'authorisation_id', value: id })
  }
  const account = await getAccount(deps.db, authorisation.accountId)
  const { detail } = authorisation
  return { state: stateOf(authorisation), detail, account: accountMessage(account, deps.secretExpiresAt) }
}

function stateOf({ state, isOver }: Authorisation): AuthorisationState {
  if (state === 'completed') return AuthorisationState.COMPLETED
  if (state === 'refused') return AuthorisationState.REFUSED
  return isOver ? AuthorisationState.EXPIRED : AuthorisationState.WAITING
}
