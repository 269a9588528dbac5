import type { Ids } from '@lockstep/contracts/ids'
import type { CodeExchangeOutcome } from '@lockstep/sp-api/login'
import type { Kysely } from 'kysely'
import type { Account } from '../store/accounts.ts'
import { type Authorisation, endAuthorisation, findAuthorisationOf, useAuthorisation } from '../store/authorisations.ts'
import type { ChannelDb } from '../store/database.ts'
import type { SealingKeys } from '../store/sealing.ts'
import { authoriseAccount } from './authorise-account.ts'
import { hashOfState } from './begin-authorisation.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** What ending an authorisation works with. */
export interface CompleteAuthorisationDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  keys: SealingKeys
  /** Trades the code of a consent for a refresh token. Never throws. */
  exchangeCode(code: string): Promise<CodeExchangeOutcome>
}

/** What Amazon's redirect brought. */
export interface ConsentReturned {
  state: string
  sellerId: string
  code: string
}

/**
 * Ends an authorisation. The state is used up before the code leaves, so that a return that comes twice exchanges once. The account keeps its links,
 * settings and history: only the token is another one.
 */
export async function completeAuthorisation(
  deps: CompleteAuthorisationDeps,
  returned: ConsentReturned,
): Promise<Account> {
  const authorisation = await findAuthorisationOf(deps.db, hashOfState(returned.state))
  if (!authorisation) {
    const message = 'this return was not asked for: its state is unknown'
    throw refusal('AUTHORISATION_UNKNOWN', { message, field: 'state' })
  }
  await takeOnce(deps, authorisation)
  await refuseOtherSeller(deps, authorisation, returned.sellerId)
  const exchanged = await deps.exchangeCode(returned.code)
  if (exchanged.kind !== 'authorised')
    throw await refused(deps, authorisation, { field: 'oauth_code', message: exchanged.detail })
  return deps.db.transaction().execute(async (tx) => {
    const account = await authoriseAccount(tx, deps, {
      account: authorisation.accountId,
      refreshToken: exchanged.refreshToken,
    })
    await endAuthorisation(tx, { id: authorisation.id, state: 'completed', detail: '' })
    return account
  })
}

async function takeOnce({ db }: CompleteAuthorisationDeps, authorisation: Authorisation): Promise<void> {
  if (await useAuthorisation(db, authorisation.id)) return
  const message =
    authorisation.state === 'waiting'
      ? 'this return comes too late: ten minutes have passed'
      : 'this return was used before'
  throw refusal('AUTHORISATION_STALE', { message, field: 'state' })
}

/** A token of another seller would send this account's numbers to that seller's listings. */
async function refuseOtherSeller(
  deps: CompleteAuthorisationDeps,
  authorisation: Authorisation,
  sellerId: string,
): Promise<void> {
  const account = await getAccount(deps.db, authorisation.accountId)
  if (account.sellerId === sellerId) return
  const message = `seller ${sellerId.slice(0, 40)} consented, but ${account.name} is of seller ${account.sellerId}`
  throw await refused(deps, authorisation, { field: 'selling_partner_id', value: sellerId.slice(0, 40), message })
}

async function refused(
  { db }: CompleteAuthorisationDeps,
  { id }: Authorisation,
  why: { field: string; value?: string; message: string },
): Promise<Error> {
  await endAuthorisation(db, { id, state: 'refused', detail: why.message })
  return refusal('AUTHORISATION_REFUSED', why)
}
