import { createHash, randomBytes } from 'node:crypto'
import type { Ids } from '@lockstep/contracts/ids'
import { consentUrl } from '@lockstep/sp-api/consent'
import type { Kysely } from 'kysely'
import { insertAuthorisation } from '../store/authorisations.ts'
import type { ChannelDb } from '../store/database.ts'
import { legacyRefusal } from './account-credentials.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** Where sellers consent, and to what. */
export interface ConsentSettings {
  applicationId: string
  redirectUri: string | undefined
  /** In place of each marketplace's own Seller Central. */
  sellerCentral: string | undefined
  isDraft: boolean
}

/** A consent that was begun. */
export interface BegunAuthorisation {
  authorisationId: string
  consentUrl: string
  expiresAt: Date
}

const livesMs = 10 * 60_000

/**
 * Begins the authorisation of an account's connection: the address at which the seller consents. Its state is random, good for ten minutes and for one
 * return, and kept as its hash: whoever reads the table cannot end an authorisation with it.
 */
export async function beginAuthorisation(
  deps: { db: Kysely<ChannelDb>; ids: Ids; consent: ConsentSettings },
  accountName: string,
): Promise<BegunAuthorisation> {
  const account = await getAccount(deps.db, accountName)
  if (account.api === 'mws') throw legacyRefusal(account)
  const state = randomBytes(32).toString('base64url')
  const url = addressFor(deps.consent, { marketplace: account.marketplaceId, state })
  const id = deps.ids.next('aut')
  const wanted = {
    id,
    stateHash: hashOfState(state),
    accountId: account.id,
    connectionId: account.connectionId,
    livesMs,
  }
  const expiresAt = await deps.db.transaction().execute((tx) => insertAuthorisation(tx, wanted))
  return { authorisationId: id, consentUrl: url, expiresAt }
}

/** What is kept of a state. */
export function hashOfState(state: string): Uint8Array {
  return createHash('sha256').update(state).digest()
}

function addressFor(settings: ConsentSettings, asked: { marketplace: string; state: string }): string {
  const { applicationId, redirectUri, sellerCentral, isDraft } = settings
  const built = consentUrl({ ...asked, applicationId, isDraft, ...(redirectUri !== undefined && { redirectUri }) })
  if (built.kind === 'refused') throw refusal('FIELD_INVALID', { message: built.detail, field: built.field })
  if (sellerCentral === undefined) return built.url
  const { pathname, search } = new URL(built.url)
  return new URL(`${pathname}${search}`, sellerCentral).href
}
