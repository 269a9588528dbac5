import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'

import { heldZeros } from '../domain/mass-zero.ts'
import type { ChannelDb } from '../store/database.ts'
import { lockGroups } from '../store/group-rows.ts'
import { forgetZeros, listHeldZeros } from '../store/mass-zeros.ts'
import { getAccount } from './get-account.ts'
import { beginTurn } from './group-turn.ts'
import { refusal } from './refuse.ts'
import { saveTurns } from './save-turns.ts'

const groupsAtATime = 500

/** Lets the zeros go that wait for a person, if they are the ones the person saw. Answers how many. */
export async function confirmMassZero(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  command: { account: string; confirmation: string },
): Promise<{ released: number }> {
  const account = await getAccount(tx, command.account)
  const waiting = await listHeldZeros(tx, account.id)
  const held = heldZeros(account.id, waiting)
  if (!held) {
    throw refusal('CONFIRMATION_STALE', {
      message: `no zeros of ${account.name} wait for a confirmation`,
      field: 'confirmation',
      value: command.confirmation.slice(0, 80),
      nextStep: 'nothing to do',
    })
  }
  if (command.confirmation !== held.confirmation) {
    throw refusal(command.confirmation === '' ? 'CONFIRMATION_NEEDED' : 'CONFIRMATION_STALE', {
      message: `${held.count} listings of ${account.name} would be sent to 0; their confirmation is ${held.confirmation}`,
      field: 'confirmation',
      value: command.confirmation.slice(0, 80),
      nextStep: `look at them (lockstep sync status ${account.name}), then pass that confirmation`,
    })
  }
  const groupIds = waiting.map((zero) => zero.groupId)
  for (let first = 0; first < groupIds.length; first += groupsAtATime) {
    await release(tx, deps, groupIds.slice(first, first + groupsAtATime))
  }
  return { released: held.count }
}

async function release(tx: Transaction<ChannelDb>, deps: { ids: Ids }, groupIds: readonly string[]): Promise<void> {
  const { rows, now } = await lockGroups(tx, groupIds)
  const turns = rows.map((row) => beginTurn(row))
  for (const { row } of turns) {
    row.massZeroAt = null
    row.blockedBy = null
    row.notBefore = null
  }
  await forgetZeros(tx, groupIds)
  await saveTurns(tx, deps, { turns, now })
}
