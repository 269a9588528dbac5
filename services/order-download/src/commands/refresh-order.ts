import type { Clock } from '@lockstep/contracts/clock'
import { allData, openData } from '../domain/datasets.ts'
import { accountsByMarketplace } from '../store/accounts.ts'
import { findOrders } from '../store/orders.ts'
import { findPoll } from '../store/polls.ts'
import type { Ingested, Reading } from './ingest-page.ts'
import { takeInOrders, type TakeInDeps } from './take-in-orders.ts'

/** What came of asking Amazon for one order. */
export type OrderReply =
  | { kind: 'order'; reading: Reading; readAt: Date }
  /** No token in the bucket, or Amazon said so. */
  | { kind: 'throttled'; retryAfterMs: number; detail: string }
  | { kind: 'denied'; detail: string }
  | { kind: 'not_found'; detail: string }
  | { kind: 'failed'; detail: string }

export interface RefreshDeps extends TakeInDeps {
  clock: Clock
  getOrder(wanted: WantedOrder, signal: AbortSignal): Promise<OrderReply>
}

/** One order to ask Amazon for. */
export interface WantedOrder {
  connectionId: string
  channelOrderId: string
  includedData: readonly string[]
}

export interface RefreshOrder {
  connectionId: string
  channelOrderId: string
  /** When it changed, by Amazon's clock. */
  changedAt: Date | undefined
}

export interface Refreshed {
  result: 'received' | 'changed' | 'unchanged' | 'left_to_poll' | 'throttled' | 'denied' | 'not_found' | 'failed'
  detail: string
  retryAt: Date | undefined
}

/** One order is not read more often than this, whatever is heard of it. */
const READ_AGAIN_AFTER_MS = 3_000
const RETRY_FAILED_MS = 30_000

/**
 * Reads one order now and takes it in as the poll does. The poll misses nothing without it: an account that has not gone live, or is off, is left to it,
 * and so is every order that cannot be read.
 */
export async function refreshOrder(deps: RefreshDeps, wanted: RefreshOrder, signal: AbortSignal): Promise<Refreshed> {
  const { connectionId, channelOrderId } = wanted
  const poll = await findPoll(deps.db, connectionId)
  if (!poll?.next_poll_at) return leftToPoll('nothing is fetched for this connection')
  const early = await withoutReading(deps, wanted)
  if (early) return early

  const hasOpenDataOnly = poll.open_data_only_until !== null && poll.open_data_only_until > deps.clock.now()
  const includedData = hasOpenDataOnly ? openData : allData
  const reply = await deps.getOrder({ connectionId, channelOrderId, includedData }, signal)
  switch (reply.kind) {
    case 'order':
      return takeInReading(deps, { connectionId, sellerId: poll.seller_id }, reply)
    case 'throttled':
      return { result: 'throttled', detail: reply.detail, retryAt: after(deps, Math.max(1_000, reply.retryAfterMs)) }
    case 'failed':
      return { result: 'failed', detail: reply.detail, retryAt: after(deps, RETRY_FAILED_MS) }
    case 'denied':
    case 'not_found':
      return { result: reply.kind, detail: reply.detail, retryAt: undefined }
    default:
      return reply satisfies never
  }
}

/** Amazon's times are whole seconds: two changes of one second look alike until a read that came after it. */
async function withoutReading(deps: RefreshDeps, wanted: RefreshOrder): Promise<Refreshed | undefined> {
  const { connectionId, channelOrderId, changedAt } = wanted
  const stored = (await findOrders(deps.db, channelOrderId)).find(({ order }) => order.connectionId === connectionId)
  if (!stored || !changedAt) return undefined
  const second = Math.floor(changedAt.getTime() / 1_000) * 1_000
  const isShown = stored.order.channelUpdatedAt.getTime() >= second
  if (isShown && stored.readAt.getTime() >= second + 1_000) {
    return { result: 'unchanged', detail: 'it was read after that change', retryAt: undefined }
  }
  const again = stored.readAt.getTime() + READ_AGAIN_AFTER_MS
  if (again <= deps.clock.now().getTime()) return undefined
  return { result: 'throttled', detail: 'it was read a moment ago', retryAt: new Date(again) }
}

async function takeInReading(
  deps: RefreshDeps,
  { connectionId, sellerId }: { connectionId: string; sellerId: string },
  { reading, readAt }: Extract<OrderReply, { kind: 'order' }>,
): Promise<Refreshed> {
  const accounts = await accountsByMarketplace(deps.db, connectionId)
  const account = accounts.get(marketplaceOf(reading))
  // A first run takes in what is open and nothing else; an order of its own before it ends would be none of these.
  if (!account?.enabled || account.go_live_at === null) {
    return leftToPoll('its account is off, has not gone live, or is not here')
  }
  const page = { connectionId, sellerId, readings: [reading], readAt, accounts, coveredBefore: null }
  const ingested = await takeInOrders(deps, page)
  return { result: resultOf(ingested), detail: '', retryAt: undefined }
}

function marketplaceOf(reading: Reading): string {
  return reading.kind === 'order' ? reading.order.marketplaceId : (reading.marketplaceId ?? '')
}

function resultOf({ received, changed, quarantined }: Ingested): Refreshed['result'] {
  if (received > 0) return 'received'
  if (changed > 0) return 'changed'
  return quarantined > 0 ? 'failed' : 'unchanged'
}

function leftToPoll(detail: string): Refreshed {
  return { result: 'left_to_poll', detail, retryAt: undefined }
}

function after({ clock }: RefreshDeps, ms: number): Date {
  return new Date(clock.now().getTime() + ms)
}
