import { openStatuses } from './order-status.ts'

/** How a poll ended. `throttled` by Amazon; `no_token`: our own bucket had none in time and nothing was sent. */
export type PollResult = 'ok' | 'throttled' | 'no_token' | 'denied' | 'failed'

/**
 * What one reading of Amazon's order list covers. Its parameters stay the same from the first page to the last:
 * Amazon ties them to the pagination token (Orders API 2026-01-01, searchOrders).
 */
export interface PollWindow {
  kind: 'first_run' | 'back_fill' | 'regular'
  accountIds: string[]
  marketplaceIds: string[]
  /** ISO 8601, UTC. */
  updatedAfter: string
  includedData: string[]
  /** Where to go on; null at the first page. */
  paginationToken: string | null
  /** When the first page was asked for: a token lives 24 hours. */
  startedAt: string
  /** The earliest bound that Amazon echoed so far. */
  bound: string | null
  orders: number
  changed: number
}

export interface PollAccount {
  id: string
  marketplaceId: string
  goLiveAt: Date | null
  coveredUntil: Date | null
}

export interface PollPlan {
  accounts: PollAccount[]
  /** The connection's cursor: the bound of its last regular window. */
  cursorAt: Date | null
  now: Date
  overlapMs: number
  firstRunMs: number
  includedData: readonly string[]
}

/** Tokens are said to live 24 hours; one that old is not tried any more. */
const tokenLifeMs = 23 * 60 * 60 * 1000

/**
 * What to read next. Accounts that never went live come first, with their open orders; then accounts that lag behind the others,
 * such as one that was disabled for a while; then everything that changed since the cursor.
 */
export function nextWindow(plan: PollPlan): PollWindow | undefined {
  const fresh = plan.accounts.filter((account) => account.goLiveAt === null)
  if (fresh.length > 0) {
    return newWindow('first_run', fresh, { ...plan, updatedAfterMs: plan.now.getTime() - plan.firstRunMs })
  }
  const { cursorAt } = plan
  if (plan.accounts.length === 0 || cursorAt === null) return undefined
  const behind = plan.accounts.filter(({ coveredUntil }) => coveredUntil !== null && coveredUntil < cursorAt)
  if (behind.length > 0) {
    const earliest = Math.min(...behind.map(({ coveredUntil }) => coveredUntil?.getTime() ?? cursorAt.getTime()))
    return newWindow('back_fill', behind, { ...plan, updatedAfterMs: earliest - plan.overlapMs })
  }
  return newWindow('regular', plan.accounts, { ...plan, updatedAfterMs: cursorAt.getTime() - plan.overlapMs })
}

function newWindow(
  kind: PollWindow['kind'],
  accounts: PollAccount[],
  { updatedAfterMs, now, includedData }: { updatedAfterMs: number; now: Date; includedData: readonly string[] },
): PollWindow {
  return {
    kind,
    accountIds: accounts.map(({ id }) => id),
    marketplaceIds: accounts.map(({ marketplaceId }) => marketplaceId).toSorted(),
    updatedAfter: new Date(updatedAfterMs).toISOString(),
    includedData: [...includedData],
    paginationToken: null,
    startedAt: now.toISOString(),
    bound: null,
    orders: 0,
    changed: 0,
  }
}

/** The filters of a window: only a first run has any, because everything else must see each change of status. */
export function filtersOf(window: PollWindow): {
  fulfillmentStatuses?: readonly string[]
  fulfilledBy?: readonly 'MERCHANT'[]
} {
  return window.kind === 'first_run' ? { fulfillmentStatuses: openStatuses, fulfilledBy: ['MERCHANT'] } : {}
}

/** The same window from its first page again. What was stored already comes as unchanged. */
export function restarted(window: PollWindow, now: Date, includedData: readonly string[]): PollWindow {
  return {
    ...window,
    includedData: [...includedData],
    paginationToken: null,
    startedAt: now.toISOString(),
    bound: null,
    orders: 0,
  }
}

/** The window as it stands after a page. The earliest bound counts: nothing past it is promised by every page. */
export function afterPage(
  window: PollWindow,
  page: { bound: Date; nextToken: string | null; orders: number; changed: number },
): PollWindow {
  const earliest = Math.min(page.bound.getTime(), window.bound === null ? Infinity : Date.parse(window.bound))
  return {
    ...window,
    paginationToken: page.nextToken,
    bound: new Date(earliest).toISOString(),
    orders: window.orders + page.orders,
    changed: window.changed + page.changed,
  }
}

/** Whether the token of a window that was left unfinished can no longer be used. */
export function isStale(window: PollWindow, now: Date): boolean {
  return window.paginationToken !== null && now.getTime() - Date.parse(window.startedAt) > tokenLifeMs
}
