import type { Transaction } from 'kysely'

import { outcomeOf } from '../domain/foreseen-push.ts'
import type { ChannelDb } from '../store/database.ts'
import { confirmConflicts, findDryRun } from '../store/dry-runs.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { foreseePush } from './foresee-push.ts'
import { refusal } from './refuse.ts'

/**
 * Accepts the confirmation of a dry run of this account: shown within 15 minutes, and its outcome is still the one that would follow.
 * With it the conflicts that the dry run has shown are settled by the connection's policy. Refuses any other confirmation.
 */
export async function checkConfirmation(
  tx: Transaction<ChannelDb>,
  accountId: string,
  confirmation: string,
): Promise<void> {
  const value = confirmation.slice(0, 80)
  if (value === '') {
    throw refusal('CONFIRMATION_NEEDED', {
      message: 'this decides what buyers see: no confirmation of a dry run was given',
      field: 'confirmation',
    })
  }
  const shown = value.includes('\u0000') ? undefined : await findDryRun(tx, accountId, value)
  if (!shown) {
    throw refusal('CONFIRMATION_STALE', {
      message: `"${value}" is no confirmation of a dry run of this account from the last 15 minutes`,
      field: 'confirmation',
      value,
    })
  }
  if (shown.outcome !== outcomeOf(accountId, await foreseePush(tx, accountId))) {
    throw refusal('CONFIRMATION_STALE', {
      message: 'other numbers would be sent by now than the dry run has shown',
      field: 'confirmation',
      value,
    })
  }
  await queueRecomputeOfAccount(tx, accountId, {
    kind: 'setting_changed',
    reference: accountId,
    actor: '',
    note: 'update_inventory',
  })
  await confirmConflicts(tx, accountId)
}
