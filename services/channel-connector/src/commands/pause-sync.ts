import type { Ids } from '@lockstep/contracts/ids'
import { sql, type Transaction } from 'kysely'

import { announceAccountChanged } from '../events/account-changed.ts'
import { type Account, listAccounts, lockAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** Whom a pause or its end concerns. */
export interface PauseScope {
  /** Id or name; empty with `all`. */
  account: string
  all: boolean
  actor: string
}

/** Stops sending. Numbers go on being computed, and zeros still pass unless the pause is hard. Answers the accounts that pause. */
export async function pauseSync(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  command: PauseScope & { hard: boolean },
): Promise<Account[]> {
  const note = command.hard ? 'zeros too' : ''
  return changeEach(tx, deps, {
    ...command,
    kind: 'paused',
    note,
    change: (id) =>
      sql`update account set paused_at = coalesce(paused_at, clock_timestamp()), paused_hard = ${command.hard}
           where id = ${id} and (paused_at is null or paused_hard <> ${command.hard})`,
  })
}

/** Sends again what changed meanwhile and is still wanted. Answers the accounts. */
export async function resumeSync(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  command: PauseScope,
): Promise<Account[]> {
  return changeEach(tx, deps, {
    ...command,
    kind: 'resumed',
    note: '',
    change: (id) =>
      sql`update account set paused_at = null, paused_hard = false where id = ${id} and paused_at is not null`,
  })
}

async function changeEach(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  command: PauseScope & { kind: string; note: string; change: (id: string) => ReturnType<typeof sql> },
): Promise<Account[]> {
  const { kind, note, actor } = command
  const accounts: Account[] = []
  for (const { id } of await accountsOf(tx, command)) {
    await lockAccount(tx, id)
    const { numAffectedRows = 0n } = await command.change(id).execute(tx)
    const account = await getAccount(tx, id)
    if (numAffectedRows > 0n) await announceAccountChanged(tx, deps.ids, account)
    accounts.push(account)
  }
  // Groups are locked after all accounts, as every change of settings does it.
  for (const { id } of accounts) await queueRecomputeOfAccount(tx, id, { kind, reference: id, actor, note })
  return accounts
}

const mostAccounts = 10_000

async function accountsOf(tx: Transaction<ChannelDb>, { account, all }: PauseScope): Promise<Account[]> {
  if (all && account !== '') {
    throw refusal('FIELD_INVALID', {
      message: 'an account and all of them are named at once',
      field: 'account',
      value: account,
      nextStep: 'name one account, or all',
    })
  }
  return all ? listAccounts(tx, { after: '', limit: mostAccounts }) : [await getAccount(tx, account)]
}
