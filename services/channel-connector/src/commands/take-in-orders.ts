import type { Kysely } from 'kysely'

import type { ChannelDb } from '../store/database.ts'
import { saveCoverage, saveWentLive, wakeUnseenGroups } from '../store/order-coverage.ts'
import { countMissingOrders, type OrderSales, saveOrders } from '../store/order-sales.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'

/** What taking in works with. */
export interface TakeInOrdersDeps {
  db: Kysely<ChannelDb>
  /** Wakes the push after a commit. */
  poke(): void
}

/** A poll of a connection that ended well. */
export interface CompletedPoll {
  connectionId: string
  /** Everything changed on Amazon before this moment is in. */
  coveredUntil: Date
  accountIds: readonly string[]
  orders: readonly { orderId: string; revision: number }[]
  wentLiveAccountIds: readonly string[]
}

/** Stores what Amazon sold. Nothing is sent because of it: our availability falls by the same orders, and that is what counts. */
export async function takeInOrders(deps: TakeInOrdersDeps, orders: readonly OrderSales[]): Promise<void> {
  if (orders.length === 0) return
  await deps.db.transaction().execute((tx) => saveOrders(tx, orders))
}

/** What became of a completed poll. */
export type PollTaken = { kind: 'taken' } | { kind: 'orders_missing'; missing: number }

/**
 * Notes how far the orders are in, opens the gate of accounts that went live, and wakes the groups whose question the poll may answer.
 * Does nothing while an order that the poll names is not in: its sale would look like units that nobody can explain.
 */
export async function takeInPoll(deps: TakeInOrdersDeps, poll: CompletedPoll): Promise<PollTaken> {
  const taken = await deps.db.transaction().execute(async (tx): Promise<PollTaken> => {
    const missing = await countMissingOrders(tx, poll.orders)
    if (missing > 0) return { kind: 'orders_missing', missing }
    const { connectionId, accountIds, coveredUntil, wentLiveAccountIds } = poll
    await saveCoverage(tx, { connectionId, accountIds, until: coveredUntil })
    const live = await saveWentLive(tx, { connectionId, accountIds: wentLiveAccountIds })
    for (const accountId of live) await queueRecomputeOfAccount(tx, accountId, wentLive(accountId))
    await wakeUnseenGroups(tx, connectionId, coveredUntil)
    return { kind: 'taken' }
  })
  if (taken.kind === 'taken') deps.poke()
  return taken
}

/** The cause of numbers that became possible because an account's first order run has ended. */
export function wentLive(accountId: string) {
  return { kind: 'went_live', reference: accountId, actor: 'order-download', note: '' }
}
