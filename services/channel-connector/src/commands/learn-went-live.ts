import type { Kysely } from 'kysely'

import type { ChannelDb } from '../store/database.ts'
import { listAccountsNotLive, saveWentLive } from '../store/order-coverage.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { wentLive } from './take-in-orders.ts'

/** What asking works with. */
export interface LearnWentLiveDeps {
  db: Kysely<ChannelDb>
  /** Whether the account's first order run has ended. */
  hasGoneLive(accountId: string, signal: AbortSignal): Promise<boolean>
  poke(): void
}

/** Asks order-download about the accounts of which no event has told that their first order run ended. Answers how many went live. */
export async function learnWentLive(deps: LearnWentLiveDeps, signal: AbortSignal): Promise<number> {
  let learned = 0
  for (const { accountId, connectionId } of await listAccountsNotLive(deps.db)) {
    if (await deps.hasGoneLive(accountId, signal)) {
      await deps.db.transaction().execute(async (tx) => {
        const live = await saveWentLive(tx, { connectionId, accountIds: [accountId] })
        for (const id of live) await queueRecomputeOfAccount(tx, id, wentLive(id))
        learned += live.length
      })
    }
  }
  if (learned > 0) deps.poke()
  return learned
}
