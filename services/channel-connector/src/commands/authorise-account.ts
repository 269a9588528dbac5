import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'
import { announceAccountChanged } from '../events/account-changed.ts'
import { type Account, listAccountsOfConnections } from '../store/accounts.ts'
import { forgetCapabilities } from '../store/capability-states.ts'
import { type Connection, lockConnection, saveRefreshToken } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import { makeFirstLooksDue } from '../store/listing-looks.ts'
import { makeListingsReportsDue } from '../store/listings-reports.ts'
import { SealBrokenError, type SealingKeys } from '../store/sealing.ts'
import { legacyRefusal } from './account-credentials.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'
import { checkTokenForm } from './token-form.ts'

/** Stores a new refresh token for the account's connection. Every account of that connection goes on with it; nothing else changes. */
export async function authoriseAccount(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; keys: SealingKeys },
  command: { account: string; refreshToken: string },
): Promise<Account> {
  const account = await getAccount(tx, command.account)
  if (command.refreshToken === '') {
    throw refusal('CREDENTIALS_MISSING', { message: 'no refresh token was given', field: 'refresh_token' })
  }
  const connection = await lockConnection(tx, account.connectionId)
  if (connection.api === 'mws') throw legacyRefusal(connection)
  await storeRefreshToken(tx, deps.keys, { connection, token: command.refreshToken })
  for (const { id, connectionId, enabled } of await listAccountsOfConnections(tx, [account.connectionId])) {
    await announceAccountChanged(tx, deps.ids, { id, connectionId, enabled })
  }
  return getAccount(tx, account.id)
}

/** Seals a token into its connection and makes the listings reports of its accounts due. Takes the place of the token before. */
export async function storeRefreshToken(
  tx: Transaction<ChannelDb>,
  keys: SealingKeys,
  { connection, token }: { connection: Connection; token: string },
): Promise<void> {
  checkTokenForm(token)
  if (!holdsToken(keys, connection, token)) {
    await saveRefreshToken(tx, connection.id, keys.seal(token, connection.id))
    await forgetCapabilities(tx, connection.id)
  }
  await makeListingsDue(tx, connection.id)
}

/** The same token given again, as with each further account of a seller, changes nothing while it works: the access token in use stays. */
function holdsToken(keys: SealingKeys, { id, token, state }: Connection, given: string): boolean {
  if (!token || (state !== 'untested' && state !== 'connected')) return false
  try {
    return keys.open(token, id) === given
  } catch (error) {
    // What does not open is replaced, which mends it.
    if (error instanceof SealBrokenError) return false
    throw error
  }
}

/** Has the listings of a connection's accounts fetched that were not fetched yet. */
export async function makeListingsDue(tx: Transaction<ChannelDb>, connectionId: string): Promise<void> {
  await makeListingsReportsDue(tx, connectionId)
  await makeFirstLooksDue(tx, connectionId)
}
