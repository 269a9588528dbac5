import { type Kysely, sql, type Transaction } from 'kysely'

import type { RuleChange } from '../domain/rule-change.ts'
import type { ChannelDb } from './database.ts'

/** A change that was made. */
export interface MadeChange {
  id: string
  accountId: string
  change: RuleChange
  /** What changes it back. */
  inverse: RuleChange
  actor: string
  at: Date
  undoes: string | null
  undoneBy: string | null
}

/** Keeps a change that is made in this transaction. */
export async function insertRuleChange(
  tx: Transaction<ChannelDb>,
  made: Omit<MadeChange, 'at' | 'undoneBy'>,
): Promise<void> {
  const { id, accountId, change, inverse, actor, undoes } = made
  await sql`
    insert into rule_change (id, account_id, change, inverse, actor, undoes)
    values (${id}, ${accountId}, ${JSON.stringify(change)}::jsonb, ${JSON.stringify(inverse)}::jsonb, ${actor}, ${undoes})`.execute(
    tx,
  )
  if (undoes !== null) await sql`update rule_change set undone_by = ${id} where id = ${undoes}`.execute(tx)
}

function selectChanges(db: Kysely<ChannelDb>) {
  return db
    .selectFrom('rule_change')
    .select(['id', 'account_id as accountId', 'change', 'inverse', 'actor', 'at', 'undoes', 'undone_by as undoneBy'])
}

/** The changes of an account, the newest first, before the given id. */
export async function listRuleChanges(
  db: Kysely<ChannelDb>,
  accountId: string,
  page: { before: string | null; limit: number },
): Promise<MadeChange[]> {
  let query = selectChanges(db).where('account_id', '=', accountId)
  if (page.before !== null) query = query.where('id', '<', page.before)
  return query.orderBy('id', 'desc').limit(page.limit).execute()
}

/** The newest change of an account that set something, was not taken back and takes none back. */
export async function findLastChange(db: Kysely<ChannelDb>, accountId: string): Promise<MadeChange | undefined> {
  return selectChanges(db)
    .where('account_id', '=', accountId)
    .where('undone_by', 'is', null)
    .where('undoes', 'is', null)
    .whereRef('change', '<>', 'inverse')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}
