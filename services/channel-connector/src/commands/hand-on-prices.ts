import type { Ids } from '@lockstep/contracts/ids'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import type { Kysely, Transaction } from 'kysely'

import type { Account } from '../store/accounts.ts'
import { insertBulkJob, keepLines, takeOnJob } from '../store/bulk-jobs.ts'
import type { ChannelDb } from '../store/database.ts'
import { makePlanningDue } from '../store/feed-leaders.ts'
import {
  countOpenJobsOf,
  holdPricesOf,
  listAccountsWithPrices,
  listWaitingPrices,
  refuseUnlinked,
  savePriceStates,
  type WaitingPrice,
} from '../store/price-changes.ts'
import { getAccount } from './get-account.ts'

/** What handing prices on works with. */
export interface HandOnDeps {
  db: Kysely<ChannelDb>
  ids: Ids
}

/** Whose jobs these are. */
export const priceChangeActor = 'price change'
/** While so many of its jobs are open, prices gather: the newest of each item is all that is kept. */
const mostOpenJobs = 5
const mostPrices = 50_000
const mostAccounts = 100

/**
 * [S004-56] Hands the prices that wait to the price lane: a bulk job per account, which plans each as a patch or as part of a feed, behind all stock. Answers how many
 * were handed on.
 */
export async function handOnPrices(deps: HandOnDeps): Promise<number> {
  let handedOn = 0
  for (const accountId of await listAccountsWithPrices(deps.db, mostAccounts)) {
    handedOn += await deps.db.transaction().execute((tx) => handOnPricesOf(tx, deps, accountId))
  }
  return handedOn
}

async function handOnPricesOf(tx: Transaction<ChannelDb>, { ids }: HandOnDeps, accountId: string): Promise<number> {
  if (!(await holdPricesOf(tx, accountId))) return 0
  await refuseUnlinked(tx, accountId)
  if ((await countOpenJobsOf(tx, accountId, priceChangeActor)) >= mostOpenJobs) return 0
  const account = await getAccount(tx, accountId)
  const waiting = await listWaitingPrices(tx, accountId, mostPrices)
  const money = findMarketplace(account.marketplace)
  const good = waiting.filter(({ currency }) => currency === money?.currency)
  await refuseForeign(tx, account, {
    itemIds: waiting.filter(({ currency }) => currency !== money?.currency).map(({ itemId }) => itemId),
    currency: money?.currency ?? '',
  })
  if (good.length > 0) await openJob(tx, ids, { account, prices: good })
  return good.length
}

async function refuseForeign(
  tx: Transaction<ChannelDb>,
  account: Account,
  { itemIds, currency }: { itemIds: readonly string[]; currency: string },
): Promise<void> {
  const detail = `${account.name} sells in ${currency}: set its channel price in that currency`
  await savePriceStates(tx, account.id, { itemIds, state: 'not_sent', detail, jobId: null })
}

async function openJob(
  tx: Transaction<ChannelDb>,
  ids: Ids,
  { account, prices }: { account: Account; prices: readonly WaitingPrice[] },
): Promise<void> {
  const { id: accountId, connectionId } = account
  const jobId = ids.next('job')
  // The leader's row first: a plan locks it before jobs and their lines.
  await makePlanningDue(tx, connectionId)
  await insertBulkJob(tx, { id: jobId, accountId, connectionId, actor: priceChangeActor, note: '', quietHours: null })
  const lines = prices.map(({ channelSku, minor, currency }, index) => {
    return { line: index + 1, channelSku, change: { price: { minor, currency } } }
  })
  await keepLines(tx, jobId, lines)
  await takeOnJob(tx, jobId)
  const itemIds = [...new Set(prices.map(({ itemId }) => itemId))]
  await savePriceStates(tx, accountId, { itemIds, state: 'handed_on', detail: '', jobId })
}
