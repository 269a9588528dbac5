import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import { isSameChange, type RuleChange } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { insertRuleChange } from '../store/rule-changes.ts'

/** Keeps a change that was made without a dry run, so that it can be looked up and taken back. One that alters nothing is none. */
export async function keepChange(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  made: { account: Account; change: RuleChange; inverse: RuleChange; actor: string },
): Promise<void> {
  const { account, change, inverse, actor } = made
  if (isSameChange(change, inverse)) return
  await insertRuleChange(tx, { id: deps.ids.next('chg'), accountId: account.id, change, inverse, actor, undoes: null })
}
