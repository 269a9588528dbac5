import type { Transaction } from 'kysely'
import type { Account } from '../store/accounts.ts'
import { findConnection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import { type Drain, drainScopes, foreseeDrain } from '../store/drain-buckets.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** What was emptied for whom. */
export interface DrainedLimits {
  account: Account
  drains: Drain[]
}

/**
 * Empties every bucket in front of an account's calls: those of its connection and those that its application's sellers share. Meant for the
 * time after a database was set back, or after somebody else called in the application's name. Refuses without a yes, and says what it costs.
 */
export async function drainLimits(
  tx: Transaction<ChannelDb>,
  command: { account: string; confirmed: boolean },
): Promise<DrainedLimits> {
  const account = await getAccount(tx, command.account)
  const connection = await findConnection(tx, account.connectionId)
  const scopes = [account.connectionId, ...(connection ? [connection.application] : [])]
  if (command.confirmed) return { account, drains: await drainScopes(tx, scopes) }
  throw refusal('CONFIRMATION_NEEDED', {
    message: `${costOf(await foreseeDrain(tx, scopes))}; nothing is lost, calls wait for their next token`,
    field: 'confirmed',
    nextStep: `if another installation or a restored database used this quota: lockstep limits ${account.name} drain --confirm`,
  })
}

/** What it costs, in words. */
export function costOf(drains: readonly Drain[]): string {
  const slowest = drains.toSorted((a, b) => b.waitMs - a.waitMs)[0]
  if (!slowest) return 'no bucket was used yet, so none is emptied'
  const tokens = Math.floor(drains.reduce((sum, drain) => sum + drain.tokens, 0))
  const waits = `the longest wait is ${(slowest.waitMs / 1000).toFixed(1)} s, for ${slowest.operation}`
  return `${drains.length} buckets give up ${tokens} tokens; ${waits}`
}
