import type { AmazonDoor } from '../channels/amazon/amazon-door.ts'
import type { Kysely } from 'kysely'
import { findConnection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'
import { checkTokenForm } from './token-form.ts'

/**
 * Exchanges a refresh token once before it takes the place of another. Refuses one that Amazon does not take, and one that cannot be tried while
 * the stored one works: what works is never given up for what may not.
 */
export async function proveToken(
  { db, door }: { db: Kysely<ChannelDb>; door: Pick<AmazonDoor, 'tryToken'> },
  { account: idOrName, refreshToken }: { account: string; refreshToken: string },
): Promise<void> {
  const account = await getAccount(db, idOrName)
  // What is no token, or belongs to an account that takes none, is refused by whoever stores it.
  if (refreshToken === '' || account.api === 'mws') return
  checkTokenForm(refreshToken)
  const tried = await door.tryToken(refreshToken)
  if (tried.kind === 'token') return
  const connection = await findConnection(db, account.connectionId)
  const isKept = connection?.token != null && (connection.state === 'connected' || connection.state === 'untested')
  if (tried.kind !== 'revoked' && !isKept) return
  const kept = isKept ? '; the token that is stored stays in use' : '; nothing was stored'
  const again =
    tried.kind === 'revoked'
      ? 'copy the whole refresh token of this application and seller, or have the seller consent'
      : 'try again in a minute'
  throw refusal('AUTHORISATION_REFUSED', {
    message: `the refresh token was not taken: ${tried.detail}${kept}`,
    field: 'refresh_token',
    nextStep: `${again}: lockstep accounts authorise ${account.name}`,
  })
}
