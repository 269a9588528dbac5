import { sql, type Transaction } from 'kysely'

import type { ChannelDb } from '../store/database.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** Considers every linked listing of an account again, each with a read of its own. Sends only what differs from Amazon. Answers how many listings there are. */
export async function forceUpdate(
  tx: Transaction<ChannelDb>,
  command: { account: string; actor: string },
): Promise<{ listings: number }> {
  const account = await getAccount(tx, command.account)
  if (!account.enabled) {
    throw refusal('ACCOUNT_DISABLED', { message: `${account.name} is off`, field: 'account', value: account.name })
  }
  const { id } = account
  await queueRecomputeOfAccount(tx, id, { kind: 'force_update', reference: id, actor: command.actor, note: '' })
  const { rows } = await sql<{ listings: number }>`
    select count(*) as listings from listing where account_id = ${id} and item_id is not null`.execute(tx)
  return { listings: rows[0]?.listings ?? 0 }
}
