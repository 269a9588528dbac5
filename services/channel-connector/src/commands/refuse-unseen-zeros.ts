import type { Transaction } from 'kysely'

import { lookCommand } from '../domain/look-command.ts'
import { mayLower } from '../domain/may-lower.ts'
import { planChange } from '../domain/planned-push.ts'
import type { RuleChange } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { findPatchRate } from '../store/dry-runs.ts'
import { foreseeChange, type WantedChange, zerosConfirmationOf } from './foresee-change.ts'
import { refusal } from './refuse.ts'

/** A change that is about to be made without having been shown, with what would take it back. */
export interface UnseenChange extends WantedChange {
  inverse: RuleChange
  /** What lets its zeros go; empty when none was given. */
  zerosConfirmation: string
}

/**
 * Refuses a change that takes more than the share of any account's linked listings to 0 when nobody has confirmed these zeros. Looks ahead only where an
 * account sends and the change can lower a number: first set-up and the emergency switch stay quick. Answers whether zeros were confirmed.
 */
export async function refuseUnseenZeros(
  tx: Transaction<ChannelDb>,
  deps: { zerosSharePercent: number },
  unseen: UnseenChange,
): Promise<boolean> {
  const { account, change, inverse, zerosConfirmation } = unseen
  if (!sendsAfter(account, change) || !mayLower(change, inverse)) return false
  const { numbers, shape } = await foreseeChange(tx, unseen)
  // A new link is the set-up of its listing: what it was sent before is nothing.
  const known = change.kind === 'links' ? numbers.filter(({ before }) => before.number !== null) : numbers
  const plan = planChange(known, new Map(), await findPatchRate(tx, account.connectionId))
  const needed = await zerosConfirmationOf(tx, { ...plan, shape, sharePercent: deps.zerosSharePercent })
  if (needed === null) return false
  if (zerosConfirmation === needed) return true
  throw refusal('ZEROS_CONFIRMATION_NEEDED', {
    message: `${plan.zeros} listings of ${[...plan.zerosOf.keys()].join(', ')} would be sent to 0, and nobody has looked at them; nothing is changed`,
    field: 'zeros_confirmation',
    value: zerosConfirmation.slice(0, 80),
    nextStep: `look at them, then do what it says: ${lookCommand(account.name, change)}`,
  })
}

function sendsAfter({ enabled, updateInventory }: Account, change: RuleChange): boolean {
  const wanted = change.kind === 'settings' ? change.change : {}
  return (wanted.enabled ?? enabled) && (wanted.updateInventory ?? updateInventory)
}
