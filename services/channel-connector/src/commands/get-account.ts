import type { Kysely } from 'kysely'
import { type Account, findAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { refusal } from './refuse.ts'

/** Answers the account that a caller names by id or name; refuses an unknown one. */
export async function getAccount(db: Kysely<ChannelDb>, idOrName: string): Promise<Account> {
  // A zero character cannot be asked for in a text column.
  const isPossible = idOrName !== '' && !idOrName.includes('\u0000')
  const account = isPossible ? await findAccount(db, idOrName) : undefined
  if (account) return account
  throw refusal('ACCOUNT_UNKNOWN', {
    message: idOrName === '' ? 'no account is named' : `there is no account "${idOrName}"`,
    field: 'account',
    value: idOrName,
  })
}
