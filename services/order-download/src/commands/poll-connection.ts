import type { Clock } from '@lockstep/contracts/clock'
import { ClaimLostError, stillClaimed } from '@lockstep/postgres/claim-loop'
import { failpoint } from '@lockstep/postgres/failpoint'
import { enqueueAll } from '@lockstep/postgres/outbox'
import type { Transaction } from 'kysely'
import { allData, openData } from '../domain/datasets.ts'
import { afterPage, isStale, nextWindow, restarted, type PollWindow } from '../domain/poll-window.ts'
import { pollAnnouncements } from '../events/poll-completed.ts'
import { countPoll } from '../metrics.ts'
import { accountsByMarketplace } from '../store/accounts.ts'
import {
  askOpenDataOnly,
  awaitsFirstRun,
  coverAccounts,
  listPollAccounts,
  moveCursor,
  saveRunEnd,
  saveWindow,
  takePollChanges,
  type ConnectionPollRow,
  type RunEnd,
} from '../store/polls.ts'
import type { OrderDownloadDb } from '../store/tables.ts'
import type { Reading } from './ingest-page.ts'
import { takeInOrders, type TakeInDeps } from './take-in-orders.ts'

/** What came of asking Amazon for one page. */
export type PageReply =
  | { kind: 'page'; readings: Reading[]; bound: Date; nextToken: string | null; readAt: Date }
  /** Amazon said so, or our own bucket had no token: nothing is lost, the window goes on later. */
  | { kind: 'throttled' | 'no_token'; retryAfterMs: number; detail: string }
  /** A role is missing, or the authorisation. With `maybeDatasets` the datasets asked for may be the reason. */
  | { kind: 'denied'; maybeDatasets: boolean; detail: string }
  | { kind: 'token_refused'; detail: string }
  | { kind: 'failed'; detail: string }

export interface PollSettings {
  intervalMs: number
  overlapMs: number
  firstRunMs: number
}

export interface PollDeps extends TakeInDeps {
  clock: Clock
  settings: PollSettings
  searchOrders(connectionId: string, window: PollWindow, signal: AbortSignal): Promise<PageReply>
}

const OPEN_DATA_ONLY_MS = 6 * 60 * 60 * 1000
const RETRY_FAILED_MS = 30_000
const openDataDetail =
  'Amazon refuses the dataset PROCEEDS to this seller: orders come without it; grant the application its role and authorise again'

interface Run {
  row: ConnectionPollRow
  window: PollWindow
  signal: AbortSignal
  hasOpenDataOnly: boolean
}

/**
 * Reads one window of a connection's orders to its end, or as far as the bucket allows; the next run goes on where this one stopped.
 * The cursor moves only with the last page and only while this run holds the connection, in the transaction that announces the end.
 */
export async function pollConnection(deps: PollDeps, row: ConnectionPollRow, signal: AbortSignal): Promise<void> {
  const now = deps.clock.now()
  const hasOpenDataOnly = row.open_data_only_until !== null && row.open_data_only_until > now
  const window = await windowToRead(deps, row, hasOpenDataOnly ? openData : allData)
  if (!window)
    return endRun(deps, row, { result: 'ok', detail: '', orders: 0, changed: 0, nextInMs: deps.settings.intervalMs })

  const run: Run = { row, window, signal, hasOpenDataOnly }
  let end: RunEnd | 'page' | 'completed' = 'page'
  while (end === 'page') {
    signal.throwIfAborted()
    end = await readPage(deps, run)
  }
  if (end !== 'completed') await endRun(deps, row, end)
}

async function windowToRead(
  deps: PollDeps,
  row: ConnectionPollRow,
  includedData: string[],
): Promise<PollWindow | undefined> {
  const now = deps.clock.now()
  if (row.poll_window)
    return isStale(row.poll_window, now) ? restarted(row.poll_window, now, includedData) : row.poll_window
  const accounts = await listPollAccounts(deps.db, row.connection_id)
  const { overlapMs, firstRunMs } = deps.settings
  return nextWindow({ accounts, cursorAt: row.cursor_at, now, overlapMs, firstRunMs, includedData })
}

async function readPage(deps: PollDeps, run: Run): Promise<RunEnd | 'page' | 'completed'> {
  const reply = await deps.searchOrders(run.row.connection_id, run.window, run.signal)
  switch (reply.kind) {
    case 'page':
      return takeInPage(deps, run, reply)
    case 'throttled':
    case 'no_token':
      return runEnd(run, { result: reply.kind, detail: reply.detail, nextInMs: Math.max(1_000, reply.retryAfterMs) })
    case 'denied':
      if (reply.maybeDatasets && run.window.includedData.length > openData.length) return readOpenData(deps, run)
      return runEnd(run, { result: 'denied', detail: reply.detail, nextInMs: deps.settings.intervalMs })
    case 'token_refused':
      // Amazon no longer knows the token: what was stored comes again as unchanged.
      run.window = restarted(run.window, deps.clock.now(), run.window.includedData)
      await whileClaimed(deps, run.row, (tx) => saveWindow(tx, run.row.connection_id, run.window))
      return 'page'
    case 'failed':
      return runEnd(run, { result: 'failed', detail: reply.detail, nextInMs: RETRY_FAILED_MS })
    default:
      return reply satisfies never
  }
}

async function readOpenData(deps: PollDeps, run: Run): Promise<'page'> {
  run.window = restarted(run.window, deps.clock.now(), openData)
  run.hasOpenDataOnly = true
  deps.log.warn({ connection_id: run.row.connection_id }, 'Amazon refused a dataset; orders are read without it')
  await whileClaimed(deps, run.row, async (tx) => {
    await askOpenDataOnly(tx, run.row.connection_id, OPEN_DATA_ONLY_MS)
    await saveWindow(tx, run.row.connection_id, run.window)
  })
  return 'page'
}

async function takeInPage(
  deps: PollDeps,
  run: Run,
  page: Extract<PageReply, { kind: 'page' }>,
): Promise<'page' | 'completed'> {
  const { connection_id: connectionId, seller_id: sellerId, cursor_at: cursorAt } = run.row
  const accounts = await accountsByMarketplace(deps.db, connectionId)
  const coveredBefore = run.window.kind === 'regular' ? cursorAt : null
  const { readings, readAt } = page
  const ingested = await takeInOrders(deps, { connectionId, sellerId, readings, readAt, accounts, coveredBefore })
  const changed = ingested.received + ingested.changed
  run.window = afterPage(run.window, { ...page, orders: readings.length, changed })
  if (page.nextToken === null) {
    await complete(deps, run)
    return 'completed'
  }
  await whileClaimed(deps, run.row, (tx) => saveWindow(tx, connectionId, run.window))
  failpoint('poll:after-page')
  return 'page'
}

async function complete(deps: PollDeps, run: Run): Promise<void> {
  const { window, row } = run
  const connectionId = row.connection_id
  const bound = new Date(window.bound ?? window.updatedAfter)
  failpoint('poll:before-cursor')
  await whileClaimed(deps, row, async (tx) => {
    const orders = await takePollChanges(tx, connectionId)
    const wentLiveAccountIds = await coverAccounts(tx, window.accountIds, bound)
    if (window.kind === 'regular' || row.cursor_at === null) await moveCursor(tx, connectionId, bound)
    await enqueueAll(
      tx,
      pollAnnouncements(deps.ids, { connectionId, bound, accountIds: window.accountIds, wentLiveAccountIds, orders }),
    )
    await saveWindow(tx, connectionId, null)
    const hasMore = (await awaitsFirstRun(tx, connectionId)) || (window.kind !== 'regular' && row.cursor_at !== null)
    const nextInMs = hasMore ? 0 : deps.settings.intervalMs
    await saveRunEnd(tx, connectionId, runEnd(run, { result: 'ok', detail: '', nextInMs }))
  })
  failpoint('poll:after-cursor')
  countPoll('ok')
  const facts = { connection_id: connectionId, kind: window.kind, orders: window.orders, changed: window.changed }
  deps.log.info({ ...facts, covered_until: bound.toISOString() }, 'orders polled')
}

function runEnd(run: Run, end: Pick<RunEnd, 'result' | 'detail' | 'nextInMs'>): RunEnd {
  const detail = end.detail === '' && run.hasOpenDataOnly ? openDataDetail : end.detail
  return { ...end, detail, orders: run.window.orders, changed: run.window.changed }
}

async function endRun(deps: PollDeps, row: ConnectionPollRow, end: RunEnd): Promise<void> {
  await whileClaimed(deps, row, (tx) => saveRunEnd(tx, row.connection_id, end))
  countPoll(end.result)
  if (end.result === 'ok') return
  const facts = { connection_id: row.connection_id, reason: end.detail, outcome: end.result, next_in_ms: end.nextInMs }
  deps.log.warn(facts, 'the poll did not reach its end')
}

/** What a run writes beside orders counts only while no other worker has taken its connection over. */
async function whileClaimed(
  deps: PollDeps,
  row: ConnectionPollRow,
  write: (tx: Transaction<OrderDownloadDb>) => Promise<void>,
): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const claim = {
      table: 'connection_poll',
      idColumn: 'connection_id',
      id: row.connection_id,
      token: row.claimed_by ?? '',
    }
    if (!(await stillClaimed(tx, claim))) throw new ClaimLostError(`the poll of ${row.connection_id} was taken over`)
    await write(tx)
  })
}
