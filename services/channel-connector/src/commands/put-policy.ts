import type { Transaction } from 'kysely'

import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { type ConnectionPolicy, queueRecomputeOfShared, savePolicy } from '../store/group-policies.ts'

/** Stores how a connection settles what its accounts disagree about, and has its shared SKUs computed again. */
export async function putPolicy(
  tx: Transaction<ChannelDb>,
  put: ConnectionPolicy & { account: Account; actor: string; reference: string },
): Promise<void> {
  const { account, policy, ownerAccountId, actor, reference } = put
  await savePolicy(tx, account.connectionId, { policy, ownerAccountId })
  const note = ownerAccountId === null ? policy : `${policy} ${ownerAccountId}`
  await queueRecomputeOfShared(tx, account.connectionId, { kind: 'setting_changed', reference, actor, note })
}
