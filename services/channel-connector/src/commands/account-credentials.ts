import type { Account } from '../store/accounts.ts'
import { refusal } from './refuse.ts'

/** Says no where a call to Amazon would be needed and no token is stored. */
export function refuseWithoutCredentials(account: Account): void {
  if (account.connectionState !== 'no_credentials') return
  throw refusal('CREDENTIALS_MISSING', {
    message: `no refresh token is stored for seller ${account.sellerId} in ${account.region}`,
    field: 'account',
    value: account.name,
  })
}
