import type { RefusalError } from '@lockstep/rpc/refusal'
import type { Account } from '../store/accounts.ts'
import { refusal } from './refuse.ts'

/** Says no where a call to Amazon would be needed and no token is stored. */
export function refuseWithoutCredentials(account: Account): void {
  if (account.api === 'mws') throw legacyRefusal(account)
  if (account.connectionState !== 'no_credentials') return
  throw refusal('CREDENTIALS_MISSING', {
    message: `no refresh token is stored for seller ${account.sellerId} in ${account.region}`,
    field: 'account',
    value: account.name,
  })
}

/** Says no to whatever would use a connection of the interface that Amazon has closed. */
export function legacyRefusal({ sellerId, region }: { sellerId: string; region: string }): RefusalError {
  return refusal('LEGACY_CONNECTION', {
    message: `seller ${sellerId} in ${region} is connected by MWS, which Amazon has closed: nothing is sent and nothing arrives`,
    field: 'account',
    value: sellerId,
  })
}
