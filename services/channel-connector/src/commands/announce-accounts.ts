import type { Ids } from '@lockstep/contracts/ids'
import type { Kysely } from 'kysely'
import { announceAccountChanged } from '../events/account-changed.ts'
import { listAccounts } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'

const accountsAtATime = 100

/** Announces every account as it is. Who keeps what accounts say, such as inventory their locations, is put right by it whatever it has missed. */
export async function announceAccounts({ db, ids }: { db: Kysely<ChannelDb>; ids: Ids }): Promise<void> {
  let after = ''
  for (;;) {
    const accounts = await listAccounts(db, { after, limit: accountsAtATime })
    await db.transaction().execute(async (tx) => {
      for (const account of accounts) await announceAccountChanged(tx, ids, account)
    })
    if (accounts.length < accountsAtATime) return
    after = accounts.at(-1)?.id ?? after
  }
}
