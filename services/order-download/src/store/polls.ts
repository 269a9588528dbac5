import { sql, type Kysely, type Selectable, type Transaction } from 'kysely'
import type { PollAccount, PollResult, PollWindow } from '../domain/poll-window.ts'
import type { ConnectionPollTable, OrderDownloadDb } from './tables.ts'

type Tx = Transaction<OrderDownloadDb>

export type ConnectionPollRow = Selectable<ConnectionPollTable>

/** The enabled accounts of a connection with how far each is covered, in a fixed order. */
export async function listPollAccounts(db: Kysely<OrderDownloadDb>, connectionId: string): Promise<PollAccount[]> {
  const rows = await db
    .selectFrom('channel_account')
    .select(['id', 'marketplace_id', 'go_live_at', 'covered_until'])
    .where('connection_id', '=', connectionId)
    .where('enabled', '=', true)
    .orderBy('id')
    .limit(1_000)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    marketplaceId: row.marketplace_id,
    goLiveAt: row.go_live_at,
    coveredUntil: row.covered_until,
  }))
}

/** Keeps how far the window has come, so that whoever goes on begins at the next page. The caller holds the claim. */
export async function saveWindow(tx: Tx, connectionId: string, window: PollWindow | null): Promise<void> {
  await tx
    .updateTable('connection_poll')
    .set({ poll_window: window === null ? null : JSON.stringify(window) })
    .where('connection_id', '=', connectionId)
    .execute()
}

/** Remembers that Amazon refused the datasets beyond the open ones. */
export async function askOpenDataOnly(tx: Tx, connectionId: string, forMs: number): Promise<void> {
  await tx
    .updateTable('connection_poll')
    .set({ open_data_only_until: inMs(forMs) })
    .where('connection_id', '=', connectionId)
    .execute()
}

export interface RunEnd {
  result: PollResult
  detail: string
  orders: number
  changed: number
  nextInMs: number
}

/** Notes how a run ended and when the next one is due, by the database's clock. The caller holds the claim. */
export async function saveRunEnd(tx: Tx, connectionId: string, end: RunEnd): Promise<void> {
  await tx
    .updateTable('connection_poll')
    .set({
      run_count: sql`run_count + 1`,
      last_poll_at: sql`clock_timestamp()`,
      last_poll_result: end.result,
      last_poll_detail: end.detail,
      last_poll_orders: end.orders,
      last_poll_changed: end.changed,
      // A connection that was switched off meanwhile stays off.
      next_poll_at: sql`case when next_poll_at is null then null else ${inMs(end.nextInMs)} end`,
    })
    .where('connection_id', '=', connectionId)
    .execute()
}

/** Moves the connection's cursor to the bound; never back. */
export async function moveCursor(tx: Tx, connectionId: string, bound: Date): Promise<void> {
  await sql`update connection_poll set cursor_at = greatest(cursor_at, ${bound}) where connection_id = ${connectionId}`.execute(
    tx,
  )
}

/** Notes that everything changed before the bound is in; the first time is the account's go-live. Answers who went live with it. */
export async function coverAccounts(tx: Tx, accountIds: string[], bound: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string; wentLive: boolean }>`
    with before as (select id, go_live_at from channel_account where id = any(${accountIds}) order by id for update)
    update channel_account as account
       set go_live_at = coalesce(account.go_live_at, ${bound}), covered_until = greatest(account.covered_until, ${bound})
      from before where before.id = account.id
    returning account.id, before.go_live_at is null as "wentLive"`.execute(tx)
  return rows.filter(({ wentLive }) => wentLive).map(({ id }) => id)
}

/** Whether an enabled account of the connection still waits for its first run. Under the claim, accounts that come later make the poll due themselves. */
export async function awaitsFirstRun(tx: Tx, connectionId: string): Promise<boolean> {
  const account = await tx
    .selectFrom('channel_account')
    .select('id')
    .where('connection_id', '=', connectionId)
    .where('enabled', '=', true)
    .where('go_live_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return account !== undefined
}

/** Remembers that the running window changed these orders. */
export async function addPollChanges(
  tx: Tx,
  connectionId: string,
  changes: { orderId: string; revision: number }[],
): Promise<void> {
  if (changes.length === 0) return
  await sql`
    insert into poll_change (connection_id, order_id, revision)
    select ${connectionId}, order_id, revision
      from unnest(${changes.map(({ orderId }) => orderId)}::text[], ${changes.map(({ revision }) => revision)}::int[]) as given (order_id, revision)
    on conflict (connection_id, order_id) do update set revision = greatest(poll_change.revision, excluded.revision)`.execute(
    tx,
  )
}

/** Takes out what the window changed, to be announced with its end. */
export async function takePollChanges(tx: Tx, connectionId: string): Promise<{ orderId: string; revision: number }[]> {
  const rows = await tx
    .deleteFrom('poll_change')
    .where('connection_id', '=', connectionId)
    .returning(['order_id as orderId', 'revision'])
    .execute()
  return rows.toSorted((left, right) => (left.orderId < right.orderId ? -1 : 1))
}

/** Makes a poll due now, unless one is running or due, or one has ended since `runCount`. Whoever waits for a poll calls it again and again. */
export async function requestPoll(
  db: Kysely<OrderDownloadDb>,
  connectionId: string,
  runCount: number,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update connection_poll set next_poll_at = clock_timestamp()
     where connection_id = ${connectionId} and run_count = ${runCount} and next_poll_at > clock_timestamp()
       and (claimed_until is null or claimed_until < clock_timestamp())`.execute(db)
  return numAffectedRows > 0n
}

/** How a connection's poll stands; undefined when the connection is not known. */
export async function findPoll(
  db: Kysely<OrderDownloadDb>,
  connectionId: string,
): Promise<ConnectionPollRow | undefined> {
  return db.selectFrom('connection_poll').selectAll().where('connection_id', '=', connectionId).executeTakeFirst()
}

function inMs(ms: number) {
  return sql<Date>`clock_timestamp() + make_interval(secs => ${ms / 1_000})`
}
