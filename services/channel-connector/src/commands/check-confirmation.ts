import type { Transaction } from 'kysely'

import type { SettingsChange } from '../domain/account-settings.ts'
import type { ForeseenNumber } from '../domain/foreseen-push.ts'
import { lookCommand } from '../domain/look-command.ts'
import { isSameChange, type RuleChange } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { confirmConflicts, findDryRun, type StoredDryRun } from '../store/dry-runs.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { getAccount } from './get-account.ts'
import { foreseeChange, type ForeseenChange } from './foresee-change.ts'
import { switchOn } from './dry-run.ts'
import { refusal } from './refuse.ts'

/**
 * Accepts the confirmation of a dry run of this account: shown within 15 minutes, and its outcome is still the one that would follow.
 * With it the conflicts that the dry run has shown, and no others, are settled by the connection's policy. Refuses any other confirmation, and many zeros
 * without theirs. Answers what was shown.
 */
export async function checkConfirmation(
  tx: Transaction<ChannelDb>,
  account: Account,
  given: { confirmation: string; zerosConfirmation: string; change: SettingsChange },
): Promise<StoredDryRun> {
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
    const nextStep = `look at this change: ${lookCommand(account.name, { kind: 'settings', change: given.change })}`
    throw staleConfirmation({ value, message: `"${value}" confirms something else`, nextStep })
  }
  const foreseen = await foreseeChange(tx, { account, change: shown.change, known: [] })
  refuseOtherOutcome(shown, foreseen, { account, allowStockMoves: false })
  refuseZeros(shown, given.zerosConfirmation)
  const note = 'update_inventory'
  await queueRecomputeOfAccount(tx, account.id, { kind: 'setting_changed', reference: account.id, actor: '', note })
  await settleShown(tx, foreseen.numbers)
  return shown
}

/** Only what was shown is settled: a conflict that comes later is shown first, too. Locks their groups' rows in id order. Answers how many waited for it. */
export async function settleShown(tx: Transaction<ChannelDb>, numbers: readonly ForeseenNumber[]): Promise<number> {
  const conflicts = numbers.filter(({ after }) => after.conflict !== null)
  return confirmConflicts(
    tx,
    conflicts.map(({ groupId }) => groupId),
  )
}

/** The dry run that a confirmation stands for; refuses one of more than 15 minutes ago, or of none at all. */
export async function getDryRun(tx: Transaction<ChannelDb>, confirmation: string): Promise<StoredDryRun> {
  const shown = confirmation.includes('\u0000') ? undefined : await findDryRun(tx, confirmation)
  if (shown && !shown.isOver) return shown
  if (!shown) {
    const message = `"${confirmation}" is no confirmation of a dry run from the last 15 minutes`
    throw staleConfirmation({ value: confirmation, message })
  }
  const { name } = await getAccount(tx, shown.accountId)
  throw staleConfirmation({
    value: confirmation,
    message: `"${confirmation}" was shown more than 15 minutes ago`,
    nextStep: `look again: ${lookCommand(name, shown.change)}`,
  })
}

/** Refuses when something else would follow by now than was shown; stock alone may have moved where that is allowed. */
export function refuseOtherOutcome(
  run: StoredDryRun,
  now: ForeseenChange,
  { account, allowStockMoves }: { account: Account; allowStockMoves: boolean },
): void {
  if (run.outcome === now.outcome || (allowStockMoves && run.shape === now.shape)) return
  const isStockAlone = run.shape === now.shape
  throw staleConfirmation({
    value: run.confirmation,
    message: isStockAlone
      ? 'other numbers would be sent by now than the dry run has shown: stock has moved, the same listings are touched'
      : 'other listings would be touched, ended or stopped by now than the dry run has shown',
    nextStep: [
      `look again: ${lookCommand(account.name, run.change)}`,
      ...(isStockAlone
        ? [`or do it although stock has moved: lockstep changes apply ${run.confirmation} --allow-stock-moves`]
        : []),
    ].join('; '),
  })
}

/** Refuses what was shown with many zeros as long as the second confirmation is missing. */
export function refuseZeros({ zerosConfirmation }: StoredDryRun, given: string): void {
  if (zerosConfirmation === null || given === zerosConfirmation) return
  throw refusal('ZEROS_CONFIRMATION_NEEDED', {
    message: `${zerosConfirmation.split('-')[1] ?? 'many'} listings would be sent to 0; their confirmation is ${zerosConfirmation}`,
    field: 'zeros_confirmation',
    value: given.slice(0, 80),
  })
}

/** Says that a confirmation does not stand for what would happen now. */
function staleConfirmation({ value, ...words }: { value: string; message: string; nextStep?: string }): Error {
  return refusal('CONFIRMATION_STALE', { ...words, field: 'confirmation', value })
}
