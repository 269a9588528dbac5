import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import { altersNumbers, type SettingsChange } from '../domain/account-settings.ts'
import { snakeCase } from '../domain/rule-change.ts'
import { announceAccountChanged } from '../events/account-changed.ts'
import { type Account, saveSettings } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { stopListingsReports } from '../store/listings-reports.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { makeListingsDue } from './authorise-account.ts'
import { getAccount } from './get-account.ts'

/** Stores settings that were found right, of an account whose row is locked, with all that follows. Answers the account as it is then. */
export async function putSettings(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  put: { account: Account; change: SettingsChange; actor: string; reference: string },
): Promise<Account> {
  const { account: before, change, actor, reference } = put
  await saveSettings(tx, before.id, change)
  const after = await getAccount(tx, before.id)
  if (sameSettings(before, after)) return after
  if (before.enabled && !after.enabled) await stopListingsReports(tx, after.id)
  if (!before.enabled && after.enabled) await makeListingsDue(tx, after.connectionId)
  await announceAccountChanged(tx, deps.ids, after)
  if (altersNumbers(change)) {
    const note = changedNames(change).join(', ')
    await queueRecomputeOfAccount(tx, after.id, { kind: 'setting_changed', reference, actor, note })
  }
  return after
}

function sameSettings(one: Account, other: Account): boolean {
  return JSON.stringify(one) === JSON.stringify({ ...other, settingsVersion: one.settingsVersion })
}

function changedNames(change: SettingsChange): string[] {
  return Object.entries(change)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => snakeCase(name))
}
