import type { Kysely } from 'kysely'

import { foreseeNumbers, type ForeseenNumber } from '../domain/foreseen-push.ts'
import type { Supposition } from '../domain/suppose-change.ts'
import type { ChannelDb } from '../store/database.ts'
import { type GroupScope, listGroupHistories, listGroupIds } from '../store/foreseen-groups.ts'
import { supposeMemberFacts } from '../store/member-facts.ts'

const groupsAtATime = 1000

/** What every SKU of the scope is sent, and what it would be sent if what is supposed were so. Reads only. */
export async function foreseePush(
  db: Kysely<ChannelDb>,
  scope: GroupScope,
  supposed: Supposition,
): Promise<ForeseenNumber[]> {
  const groupIds = await listGroupIds(db, scope)
  const numbers: ForeseenNumber[] = []
  for (let from = 0; from < groupIds.length; from += groupsAtATime) {
    const some = groupIds.slice(from, from + groupsAtATime)
    const groups = await listGroupHistories(db, some)
    numbers.push(...foreseeNumbers(groups, await supposeMemberFacts(db, some, supposed)))
  }
  return numbers
}
