import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import { countListings, isChanged } from '../domain/foreseen-push.ts'
import { isSameChange } from '../domain/rule-change.ts'
import { type Account, lockAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import type { Location } from '../store/locations.ts'
import { getDryRun, refuseOtherOutcome, refuseZeros, settleShown } from './check-confirmation.ts'
import { foreseeChange } from './foresee-change.ts'
import { getAccount } from './get-account.ts'
import { inverseOf, refuseMovedOn } from './inverse-of.ts'
import { putChange } from './put-change.ts'
import { refuseVanished } from './refuse-vanished.ts'
import { refuseImpossible, sumFbaConfirmation } from './update-account-settings.ts'

/** What a person confirms. */
export interface ApplyChange {
  confirmation: string
  /** The second one, when many listings go to 0; empty when none was given. */
  zerosConfirmation: string
  /** Stock may have moved since, as long as the same listings are touched and none other ends or stops. */
  allowStockMoves: boolean
  /** The locations that inventory knows. */
  known: readonly Location[]
  actor: string
}

/** A change that was made. */
export interface AppliedChange {
  /** Empty when everything was so already: then nothing was made and nothing is kept. */
  changeId: string
  account: Account
  /** Listings whose number it alters. */
  listings: number
}

/** Does exactly what a dry run has shown, or nothing: what was there must be there still, and what would follow must still follow. */
export async function applyChange(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  command: ApplyChange,
): Promise<AppliedChange> {
  const run = await getDryRun(tx, command.confirmation.slice(0, 80))
  await lockAccount(tx, run.accountId)
  const account = await getAccount(tx, run.accountId)
  const { change, inverse } = run
  if (change.kind === 'locations') refuseVanished(change, command.known)
  if (change.kind === 'settings') {
    await refuseImpossible(tx, account, { change: change.change, confirmation: sumFbaConfirmation })
  }
  refuseMovedOn(inverse, await inverseOf(tx, account, change))
  const foreseen = await foreseeChange(tx, { account, change, known: command.known })
  refuseOtherOutcome(run, foreseen, { account, allowStockMoves: command.allowStockMoves })
  refuseZeros(run, command.zerosConfirmation)
  const { actor, known } = command
  const settled = await settleShown(tx, foreseen.numbers)
  const put = { account, change, inverse, actor, known, undoes: null }
  const changeId = isSameChange(change, inverse) && settled === 0 ? '' : await putChange(tx, deps, put)
  const listings = countListings(foreseen.numbers.filter(isChanged))
  return { changeId, account: await getAccount(tx, account.id), listings }
}
