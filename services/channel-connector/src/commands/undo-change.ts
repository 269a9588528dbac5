import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import { isChanged } from '../domain/foreseen-push.ts'
import { planChange } from '../domain/planned-push.ts'
import type { RuleChange } from '../domain/rule-change.ts'
import { type Account, lockAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { findPatchRate } from '../store/dry-runs.ts'
import type { Location } from '../store/locations.ts'
import { findLastChange } from '../store/rule-changes.ts'
import type { AppliedChange } from './apply-change.ts'
import { settleShown } from './check-confirmation.ts'
import { foreseeChange, type WantedChange, zerosConfirmationOf } from './foresee-change.ts'
import { getAccount } from './get-account.ts'
import { inverseOf, refuseMovedOn } from './inverse-of.ts'
import { refuseSummingFba } from './map-locations.ts'
import { putChange } from './put-change.ts'
import { refusal } from './refuse.ts'
import { refuseVanished } from './refuse-vanished.ts'
import { refuseImpossible } from './update-account-settings.ts'

/** Whose last change is taken back. */
export interface UndoChange {
  account: string
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
): Promise<AppliedChange & { undone: string }> {
  const { id } = await getAccount(tx, command.account)
  await lockAccount(tx, id)
  const account = await getAccount(tx, id)
  const last = await findLastChange(tx, id)
  if (!last) throw refusal('NOTHING_TO_UNDO', { message: `no change of ${account.name} is left to take back` })
  const { change: done, inverse: change } = last
  const wanted = { account, change, known: command.known }
  if (change.kind === 'locations') refuseVanished(change, command.known)
  await refuseUnasked(tx, account, wanted)
  refuseMovedOn(done, await inverseOf(tx, account, done))

  const foreseen = await foreseeChange(tx, wanted)
  await refuseZeros(tx, { ...wanted, ...foreseen }, { ...command, sharePercent: deps.zerosSharePercent })
  const { actor, known } = command
  const changeId = await putChange(tx, deps, { account, change, inverse: done, actor, known, undoes: last.id })
  await settleShown(tx, foreseen.numbers)
  const listings = foreseen.numbers.filter(isChanged).length
  return { changeId, undone: last.id, account: await getAccount(tx, id), listings }
}

/** What is only done when somebody asks for it in so many words is not done by taking something else back. */
async function refuseUnasked(
  tx: Transaction<ChannelDb>,
  account: Account,
  { change, known }: WantedChange,
): Promise<void> {
  refuseSwitchingOn(change, account.name)
  if (change.kind === 'settings') await refuseImpossible(tx, account, { change: change.change, confirmation: '' })
  if (change.kind === 'locations') {
    const summed = known.filter(({ id }) => change.locationIds.includes(id))
    refuseSummingFba(account, summed)
  }
}

function refuseSwitchingOn(change: RuleChange, accountName: string): void {
  if (change.kind !== 'settings' || change.change.updateInventory !== true) return
  throw refusal('CONFIRMATION_NEEDED', {
    message: 'taking this back would turn Update inventory on',
    field: 'account',
    value: accountName,
    nextStep: `look at it first: lockstep sync dry-run ${accountName}`,
  })
}

async function refuseZeros(
  tx: Transaction<ChannelDb>,
  foreseen: WantedChange & Awaited<ReturnType<typeof foreseeChange>>,
  { zerosConfirmation, sharePercent }: UndoChange & { sharePercent: number },
): Promise<void> {
  const { account, numbers, shape } = foreseen
  const { zeros } = planChange(numbers, new Map(), await findPatchRate(tx, account.connectionId))
  const needed = await zerosConfirmationOf(tx, account, { zeros, shape, sharePercent })
  if (needed === null || zerosConfirmation === needed) return
  throw refusal('ZEROS_CONFIRMATION_NEEDED', {
    message: `${zeros} listings would be sent to 0; their confirmation is ${needed}`,
    field: 'zeros_confirmation',
    value: zerosConfirmation.slice(0, 80),
    nextStep: `look at what was changed (lockstep changes list ${account.name}), then pass that confirmation`,
  })
}
