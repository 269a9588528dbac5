import type { Kysely } from 'kysely'

import { changedValues, type RuleChange } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import type { Location } from '../store/locations.ts'
import { findLastChange, listRuleChanges, type MadeChange } from '../store/rule-changes.ts'
import type { WantedChange } from './foresee-change.ts'
import { inverseOf, refuseMovedOn } from './inverse-of.ts'
import { refuseSummingFba } from './map-locations.ts'
import { refusal } from './refuse.ts'
import { refuseVanished } from './refuse-vanished.ts'
import { refuseImpossible } from './update-account-settings.ts'

/** Which change is meant. */
export interface UndoWish {
  account: Account
  /** Its id; empty for the last one, which is refused right after an undo; null for whichever comes next. */
  named: string | null
  known: readonly Location[]
}

/** The change that is taken back next, and what takes it back. Refuses what cannot be taken back, or not without being asked for in so many words. */
export async function changeToUndo(
  db: Kysely<ChannelDb>,
  { account, named, known }: UndoWish,
): Promise<{ last: MadeChange; wanted: WantedChange }> {
  const last = await findLastChange(db, account.id)
  if (!last) throw refusal('NOTHING_TO_UNDO', { message: `no change of ${account.name} is left to take back` })
  if (named !== null && named !== last.id) await refuseOther(db, { account, named, last })
  const { change: done, inverse: change } = last
  if (change.kind === 'locations') refuseVanished(change, known)
  const wanted = { account, change, known }
  await refuseUnasked(db, wanted)
  refuseMovedOn(done, await inverseOf(db, account, done))
  return { last, wanted }
}

/** One undo after the other would walk back ever further, into what nobody meant: from the second on the change is named. */
async function refuseOther(
  db: Kysely<ChannelDb>,
  { account, named, last }: { account: Account; named: string; last: MadeChange },
): Promise<void> {
  const nextStep = `look at it: lockstep changes undo ${account.name} --dry-run; then name it: lockstep changes undo ${account.name} ${last.id}`
  if (named !== '') {
    const message = `"${named.slice(0, 60)}" is not the change of ${account.name} that is taken back next: that is ${said(last)}`
    throw refusal('NOTHING_TO_UNDO', { message, field: 'change', value: named.slice(0, 60), nextStep })
  }
  const [newest] = await listRuleChanges(db, account.id, { before: null, limit: 1 })
  if (newest?.undoes == null) return
  throw refusal('CONFIRMATION_NEEDED', {
    message: `the newest change of ${account.name} is an undo already (it took ${newest.undoes} back); before it stands ${said(last)}`,
    field: 'change',
    value: 'none',
    nextStep,
  })
}

const mostValues = 5

function said({ id, change, inverse, actor, at }: MadeChange): string {
  const values = changedValues(change, inverse)
  const first = values.slice(0, mostValues).map(({ channelSku, name, from, to }) => {
    return `${channelSku === null ? '' : `${channelSku} `}${name} ${from ?? 'none'} → ${to ?? 'none'}`
  })
  const more = values.length > mostValues ? ` and ${values.length - mostValues} more` : ''
  return `${id} by ${actor} at ${at.toISOString()}: ${first.join(', ')}${more}`
}

/** What is only done when somebody asks for it in so many words is not done by taking something else back. */
async function refuseUnasked(db: Kysely<ChannelDb>, { account, change, known }: WantedChange): Promise<void> {
  refuseSwitchingOn(change, account.name)
  if (change.kind === 'settings') await refuseImpossible(db, account, { change: change.change, confirmation: '' })
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
