import { setTimeout as delay } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { PollResult } from '../domain/poll-window.ts'
import { findAccount, type AccountRow } from '../store/accounts.ts'
import { findPoll, requestPoll } from '../store/polls.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

export interface SyncDeps {
  db: Kysely<OrderDownloadDb>
  pokePolls(): void
}

export interface Synced {
  result: PollResult
  orders: number
  changed: number
  coveredUntil: Date | null
  detail: string
}

const LOOK_EVERY_MS = 50
const LONGEST_WAIT_MS = 55_000

/** Polls an account's connection now, or waits for the poll that is running, and answers how it ended. Any replica may do the polling. */
export async function syncOrders(deps: SyncDeps, account: AccountRow, signal: AbortSignal): Promise<Synced> {
  const before = await findPoll(deps.db, account.connection_id)
  if (!before?.next_poll_at) {
    return {
      ...nothing,
      result: 'denied',
      detail: 'no credentials are stored: authorise the account (lockstep accounts authorise)',
    }
  }
  const deadline = performance.now() + LONGEST_WAIT_MS
  while (performance.now() < deadline) {
    // Asked for each time: a run that was just ending may have set its own due time after the first request.
    if (await requestPoll(deps.db, account.connection_id, before.run_count)) deps.pokePolls()
    const ended = await endedRun(deps, account, before.run_count)
    if (ended) return ended
    await delay(LOOK_EVERY_MS, undefined, { signal })
  }
  return { ...nothing, result: 'failed', detail: 'the poll is still running: see lockstep sync status' }
}

const nothing = { orders: 0, changed: 0, coveredUntil: null }

async function endedRun(deps: SyncDeps, account: AccountRow, runsBefore: number): Promise<Synced | undefined> {
  const poll = await findPoll(deps.db, account.connection_id)
  if (!poll || poll.run_count <= runsBefore || poll.last_poll_result === null) return undefined
  const now = await findAccount(deps.db, account.id)
  return {
    result: poll.last_poll_result,
    orders: poll.last_poll_orders,
    changed: poll.last_poll_changed,
    coveredUntil: now?.covered_until ?? null,
    detail: poll.last_poll_detail,
  }
}
