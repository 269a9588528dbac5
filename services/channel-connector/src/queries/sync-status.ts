import type { Kysely } from 'kysely'

import { getAccount } from '../commands/get-account.ts'
import { heldZeros, type HeldZeros } from '../domain/mass-zero.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { listHeldZeros } from '../store/mass-zeros.ts'
import type { StateWord } from '../store/pipeline-tables.ts'
import { countStates, countUnseenOpen, findOldestWaiting, readDrifts, type WaitingWrite } from '../store/sync-counts.ts'

/** How an account's push stands. */
export interface SyncStatus {
  account: Account
  linked: number
  states: ReadonlyMap<StateWord, number>
  oldestWaiting: WaitingWrite | undefined
  massZero: HeldZeros | undefined
  unseenOpen: number
  drifts: Awaited<ReturnType<typeof readDrifts>>
}

/** Reads how an account's push stands. */
export async function readSyncStatus(db: Kysely<ChannelDb>, idOrName: string): Promise<SyncStatus> {
  const account = await getAccount(db, idOrName)
  const [states, oldestWaiting, held, unseenOpen, drifts] = await Promise.all([
    countStates(db, account.id),
    findOldestWaiting(db, account.id),
    listHeldZeros(db, account.id),
    countUnseenOpen(db, account.id),
    readDrifts(db, account.id),
  ])
  const linked = [...states.values()].reduce((sum, listings) => sum + listings, 0)
  return { account, linked, states, oldestWaiting, massZero: heldZeros(account.id, held), unseenOpen, drifts }
}
