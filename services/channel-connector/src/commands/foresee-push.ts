import type { Kysely } from 'kysely'

import { foreseeNumbers, type ForeseenNumber } from '../domain/foreseen-push.ts'
import type { Supposition } from '../domain/suppose-change.ts'
import type { ChannelDb } from '../store/database.ts'
import { type GroupScope, listGroupHistories } from '../store/foreseen-groups.ts'
import { supposeMemberFacts } from '../store/member-facts.ts'

const groupsAtATime = 1000

/** What every SKU of the scope is sent, and what it would be sent if what is supposed were so. Reads only. */
export async function foreseePush(
  db: Kysely<ChannelDb>,
  scope: GroupScope,
  supposed: Supposition,
): Promise<ForeseenNumber[]> {
  const numbers: ForeseenNumber[] = []
  for (let after = ''; ;) {
    const groups = await listGroupHistories(db, scope, { after, limit: groupsAtATime })
    const last = groups.at(-1)
    if (!last) return numbers
    const facts = await supposeMemberFacts(
      db,
      groups.map(({ groupId }) => groupId),
      supposed,
    )
    numbers.push(...foreseeNumbers(groups, facts))
    after = last.groupId
  }
}
