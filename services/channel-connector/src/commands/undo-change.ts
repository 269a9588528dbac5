import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import { countListings, isChanged } from '../domain/foreseen-push.ts'
import { planChange } from '../domain/planned-push.ts'
import { lockAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { findPatchRate } from '../store/dry-runs.ts'
import type { Location } from '../store/locations.ts'
import type { MadeChange } from '../store/rule-changes.ts'
import type { AppliedChange } from './apply-change.ts'
import { changeToUndo } from './change-to-undo.ts'
import { settleShown } from './check-confirmation.ts'
import { foreseeChange, type WantedChange, zerosConfirmationOf } from './foresee-change.ts'
import { getAccount } from './get-account.ts'
import { putChange } from './put-change.ts'
import { refusal } from './refuse.ts'

/** Which change of an account is taken back. */
export interface UndoChange {
  account: string
  /** The change that is meant; empty for the last one, which is refused right after an undo. */
  change: string
  /** What lets many zeros go; empty when none was given. */
  zerosConfirmation: string
  known: readonly Location[]
  actor: string
}

/**
 * Puts everything back that the account's last change has set, if it is still as that change left it. More zeros than the share are named first and
 * need their confirmation. What would begin to send is not begun so: it needs a dry run.
 */
export async function undoChange(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  command: UndoChange,
): Promise<AppliedChange & { undone: MadeChange }> {
  const { id } = await getAccount(tx, command.account)
  await lockAccount(tx, id)
  const { actor, known } = command
  const account = await getAccount(tx, id)
  const { last, wanted } = await changeToUndo(tx, { account, named: command.change, known })
  const foreseen = await foreseeChange(tx, wanted)
  const zeros = { ...wanted, ...foreseen, last, sharePercent: deps.zerosSharePercent }
  await refuseZeros(tx, zeros, command.zerosConfirmation)
  const put = { account, change: wanted.change, inverse: last.change, actor, known, undoes: last.id }
  const changeId = await putChange(tx, deps, put)
  await settleShown(tx, foreseen.numbers)
  const listings = countListings(foreseen.numbers.filter(isChanged))
  return { changeId, undone: last, account: await getAccount(tx, id), listings }
}

async function refuseZeros(
  tx: Transaction<ChannelDb>,
  foreseen: WantedChange & Awaited<ReturnType<typeof foreseeChange>> & { last: MadeChange; sharePercent: number },
  given: string,
): Promise<void> {
  const { account, numbers, shape, last, sharePercent } = foreseen
  const plan = planChange(numbers, new Map(), await findPatchRate(tx, account.connectionId))
  const needed = await zerosConfirmationOf(tx, { ...plan, shape, sharePercent })
  if (needed === null || given === needed) return
  throw refusal('ZEROS_CONFIRMATION_NEEDED', {
    message: `${plan.zeros} listings would be sent to 0; their confirmation is ${needed}`,
    field: 'zeros_confirmation',
    value: given.slice(0, 80),
    nextStep: `look at them (lockstep changes undo ${account.name} --dry-run), then: lockstep changes undo ${account.name} ${last.id} --zeros ${needed}`,
  })
}
