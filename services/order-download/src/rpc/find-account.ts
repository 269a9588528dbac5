import type { Kysely } from 'kysely'
import { findAccount, type AccountRow } from '../store/accounts.ts'
import type { OrderDownloadDb } from '../store/tables.ts'
import { unknownAccount } from './refusals.ts'

export type FindAccount = (idOrName: string) => Promise<AccountRow>

/** Finds an account, or refuses. One that nobody has told us of yet may be new: the connector is asked before it is refused. */
export function accountFinder(deps: { db: Kysely<OrderDownloadDb>; refresh(): Promise<void> }): FindAccount {
  return async (idOrName) => {
    const known = await findAccount(deps.db, idOrName)
    if (known) return known
    await deps.refresh()
    const learned = await findAccount(deps.db, idOrName)
    if (!learned) throw unknownAccount(idOrName)
    return learned
  }
}
