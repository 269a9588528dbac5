import type { Ids } from '@lockstep/contracts/ids'
import { getInventorySummariesCall, readInventorySummaries } from '@lockstep/sp-api/fba-inventory'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'
import type { AmazonReply } from '../domain/amazon-reply.ts'
import { announceFbaLevels } from '../events/fba-level-events.ts'
import { type Account, findAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import {
  type ClaimedFbaRead,
  hasLinkedFbaListing,
  saveFbaStock,
  setNextFbaRead,
  takeUntoldFigures,
} from '../store/fba-stock.ts'
import type { CallAmazon } from './read-live.ts'

/** What reading Amazon's own stock works with. */
export interface ReadFbaStockDeps {
  db: Kysely<ChannelDb>
  log: Logger
  ids: Ids
  callAmazon: CallAmazon
  /** Wakes the relay: figures were announced. */
  announce(): void
  fbaEveryMs: number
}

/** A page's token dies after half a minute: whoever cannot get the next page by then begins again. */
const waitForTokenMs = 20_000
/** 50 SKUs a page. */
const mostPages = 4_000
const afterFailureMs = 60_000
/** A seller who has not granted it may do so; a wrong request does not heal by itself. */
const afterRefusalMs = 1_800_000
const figuresAtATime = 500

/**
 * Reads what Amazon keeps for an account, all of it, and announces what inventory does not know of its items. Only ever reads: stock that Amazon keeps is never sent.
 * Marketplaces that share a warehouse show the same units: each account has its own figure, and nobody adds them up here.
 */
export async function readFbaStock(deps: ReadFbaStockDeps, read: ClaimedFbaRead, signal: AbortSignal): Promise<void> {
  const { db, log, fbaEveryMs } = deps
  const account = await findAccount(db, read.account_id)
  const isRead =
    account?.enabled === true && account.authorisedAt !== null && (await hasLinkedFbaListing(db, account.id))
  if (!isRead) {
    if (account) await tell(deps, account.id)
    return setNextFbaRead(db, read, fbaEveryMs)
  }
  const failure = await readPages(deps, account, signal)
  if (failure) {
    const pauseMs = pauseAfter(failure)
    log.info({ account_id: account.id, outcome: failure.outcome, pause_ms: pauseMs }, 'stock at Amazon not read')
    return setNextFbaRead(db, read, pauseMs)
  }
  await tell(deps, account.id)
  return setNextFbaRead(db, read, fbaEveryMs)
}

/** The reply that ended it too early, if any did. */
async function readPages(
  deps: ReadFbaStockDeps,
  account: Account,
  signal: AbortSignal,
): Promise<AmazonReply | undefined> {
  const { connectionId, marketplaceId } = account
  let token: string | undefined
  for (let page = 0; page < mostPages; page += 1) {
    const call = getInventorySummariesCall({ marketplaceId, ...(token !== undefined && { nextToken: token }) })
    const notAfter = new Date(Date.now() + waitForTokenMs)
    const reply = await deps.callAmazon({ ...call, connectionId, notAfter, signal })
    const found = reply.outcome === 'accepted' ? readInventorySummaries(reply.body) : undefined
    if (!found) return reply
    await saveFbaStock(deps.db, account.id, found.levels)
    if (found.nextToken === null) return undefined
    token = found.nextToken
  }
  deps.log.warn({ account_id: account.id, pages: mostPages }, 'more stock at Amazon than is read')
  return undefined
}

function pauseAfter({ outcome, throttledUntil }: AmazonReply): number {
  if (throttledUntil) return Math.max(1_000, throttledUntil.getTime() - Date.now())
  return ['denied', 'invalid_data'].includes(outcome) ? afterRefusalMs : afterFailureMs
}

async function tell(deps: ReadFbaStockDeps, accountId: string): Promise<void> {
  for (;;) {
    const figures = await deps.db.transaction().execute(async (tx) => {
      const untold = await takeUntoldFigures(tx, { accountId, limit: figuresAtATime })
      await announceFbaLevels(tx, deps.ids, { accountId, figures: untold })
      return untold
    })
    if (figures.length > 0) deps.announce()
    if (figures.length < figuresAtATime) return
  }
}
