import type { Transaction } from 'kysely'

import type { SettingsChange } from '../domain/account-settings.ts'
import type { ForeseenNumber } from '../domain/foreseen-push.ts'
import { isSameChange, type RuleChange } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { confirmConflicts, findDryRun, type StoredDryRun } from '../store/dry-runs.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { foreseeChange } from './foresee-change.ts'
import { switchOn } from './dry-run.ts'
import { refusal } from './refuse.ts'

/**
 * Accepts the confirmation of a dry run of this account: shown within 15 minutes, and its outcome is still the one that would follow.
 * With it the conflicts that the dry run has shown, and no others, are settled by the connection's policy. Refuses any other confirmation.
 */
export async function checkConfirmation(
  tx: Transaction<ChannelDb>,
  account: Account,
  given: { confirmation: string; change: SettingsChange },
): Promise<void> {
  const value = given.confirmation.slice(0, 80)
  if (value === '') {
    throw refusal('CONFIRMATION_NEEDED', {
      message: 'this decides what buyers see: no confirmation of a dry run was given',
      field: 'confirmation',
    })
  }
  const shown = await getDryRun(tx, value)
  const accepted: RuleChange[] = [switchOn, { kind: 'settings', change: given.change }]
  if (shown.accountId !== account.id || !accepted.some((change) => isSameChange(change, shown.change))) {
    throw staleConfirmation(value, `"${value}" confirms something else`)
  }
  const { numbers, outcome } = await foreseeChange(tx, { account, change: shown.change, known: [] })
  if (shown.outcome !== outcome) {
    throw staleConfirmation(value, 'other numbers would be sent by now than the dry run has shown')
  }
  const note = 'update_inventory'
  await queueRecomputeOfAccount(tx, account.id, { kind: 'setting_changed', reference: account.id, actor: '', note })
  await settleShown(tx, numbers)
}

/** Only what was shown is settled: a conflict that comes later is shown first, too. The groups' rows must be locked. */
export async function settleShown(tx: Transaction<ChannelDb>, numbers: readonly ForeseenNumber[]): Promise<void> {
  const conflicts = numbers.filter(({ after }) => after.conflict !== null)
  await confirmConflicts(
    tx,
    conflicts.map(({ groupId }) => groupId),
  )
}

/** The dry run that a confirmation stands for; refuses one of more than 15 minutes ago, or of none at all. */
export async function getDryRun(tx: Transaction<ChannelDb>, confirmation: string): Promise<StoredDryRun> {
  const shown = confirmation.includes('\u0000') ? undefined : await findDryRun(tx, confirmation)
  if (shown) return shown
  throw staleConfirmation(confirmation, `"${confirmation}" is no confirmation of a dry run from the last 15 minutes`)
}

/** Says that a confirmation does not stand for what would happen now. */
export function staleConfirmation(value: string, message: string): Error {
  return refusal('CONFIRMATION_STALE', { message, field: 'confirmation', value })
}
