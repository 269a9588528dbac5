import type { Kysely } from 'kysely'

import { foreseeNumbers, type ForeseenNumber } from '../domain/foreseen-push.ts'
import type { ChannelDb } from '../store/database.ts'
import { listLinkedGroups } from '../store/dry-runs.ts'
import { listMemberFacts } from '../store/member-facts.ts'

const groupsAtATime = 1000

/** What every linked SKU of the account would be sent if its Update inventory were on. */
export async function foreseePush(db: Kysely<ChannelDb>, accountId: string): Promise<ForeseenNumber[]> {
  const numbers: ForeseenNumber[] = []
  for (let after = ''; ;) {
    const groups = await listLinkedGroups(db, accountId, { after, limit: groupsAtATime })
    const last = groups.at(-1)
    if (!last) return numbers
    const skus = new Map(groups.map((group) => [group.groupId, group.channelSku]))
    numbers.push(...foreseeNumbers(accountId, await listMemberFacts(db, [...skus.keys()]), skus))
    after = last.groupId
  }
}
