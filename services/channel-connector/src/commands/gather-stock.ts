import { setTimeout as delay } from 'node:timers/promises'

import type { Ids } from '@lockstep/contracts/ids'
import { failpoint } from '@lockstep/postgres/failpoint'
import { sql, type Transaction } from 'kysely'

import { feedToken } from '../domain/feed-stage.ts'
import { findConnection } from '../store/connections.ts'
import { databaseTime } from '../store/database-clock.ts'
import type { ChannelDb } from '../store/database.ts'
import { type FeedRow, saveFeed } from '../store/feed-rows.ts'
import { type GroupRow, lockGroups } from '../store/group-rows.ts'
import type { SendOrder } from './begin-sending.ts'
import { claimGroups } from './claim-groups.ts'
import type { FeedDeps } from './feed-work.ts'
import { beginTurn, tell } from './group-turn.ts'
import { readGroups } from './read-groups.ts'
import { saveTurns } from './save-turns.ts'
import { type SendContext, sendNumber } from './send-number.ts'

/** What one read serves, and how many run side by side: less than the bucket lets go in the life of a claim. */
const claimedAtOnce = 20
const sideBySide = 3
/** A feed that has gathered for this long leaves with what it has. */
const gatherForMs = 300_000
/** Numbers whose read failed come back in a moment; a feed that finds none for this long leaves with what it has. */
const patienceMs = 5_000
const idleMs = 250

/**
 * Fills a stock feed: claims waiting increases as the push does, reads each for its guard, and puts into the feed what would have gone out by patch. Answers
 * the feed, ready to be built.
 */
export async function gatherStock(deps: FeedDeps, feed: FeedRow, signal: AbortSignal): Promise<FeedRow> {
  const connection = await findConnection(deps.db, feed.connection_id)
  const token = feedToken(feed.id)
  const context = { connectionId: feed.connection_id, sellerId: connection?.sellerId ?? '', token, skewMs: 0, signal }
  let gathered = feed
  const untilMs = performance.now() + feed.planned_at.getTime() + gatherForMs - (await databaseTime(deps.db))
  let idleSinceMs = performance.now()
  while (gathered.items < feed.wanted_items && performance.now() < untilMs) {
    signal.throwIfAborted()
    if (gathered.cancel_requested !== null) break
    const claims = await Promise.all(Array.from({ length: sideBySide }, () => gatherSome(deps, context)))
    if (claims.some(({ claimed }) => claimed > 0)) idleSinceMs = performance.now()
    else if (performance.now() - idleSinceMs > patienceMs) break
    else await delay(idleMs, undefined, { signal })
    const orders = claims.flatMap((claim) => claim.sends)
    const room = feed.wanted_items - gathered.items
    const fit = orders.filter(isForFeed).slice(0, room)
    const { saved, fed } = await putIntoFeed(deps, { feed: gathered, orders: fit })
    gathered = saved
    failpoint('feed:after-gather')
    // What the feed cannot carry was let go all the same, and leaves as any other number does.
    const others = orders.filter((order) => !fed.has(order.groupId))
    await Promise.all(others.map((order) => sendNumber(deps, context, order)))
  }
  return saveFeed(deps.db, gathered, { state: 'uploading' })
}

function isForFeed({ lane, op }: SendOrder): boolean {
  return lane === 'increase' && op === 'merge'
}

async function gatherSome(deps: FeedDeps, context: SendContext): Promise<{ claimed: number; sends: SendOrder[] }> {
  const { connectionId, token } = context
  const limit = { zeros: 0, others: claimedAtOnce }
  const work = await claimGroups(deps, { connectionId, token, kind: 'increases', limit, turn: 0, skewMs: 0 })
  const read = work.reads.length > 0 ? await readGroups(deps, context, work.reads) : { sends: [] }
  return { claimed: work.claimed, sends: [...work.sends, ...read.sends] }
}

/** The numbers are waited for until the feed is late, and each has its message; both or neither. */
async function putIntoFeed(
  deps: FeedDeps,
  { feed, orders }: { feed: FeedRow; orders: readonly SendOrder[] },
): Promise<{ saved: FeedRow; fed: Set<string> }> {
  return deps.db.transaction().execute(async (tx) => {
    const { rows, now } = await lockGroups(
      tx,
      orders.map((order) => order.groupId),
    )
    const carried = rows.filter((row) => isOurs(row, feed, orders))
    const saved = await saveFeed(tx, feed, { items: feed.items + carried.length })
    await holdForFeed(tx, deps, { feed, rows: carried, now })
    await insertMessages(tx, feed, carried)
    return { saved, fed: new Set(carried.map((row) => row.groupId)) }
  })
}

/** A number that is sent once more because it never showed is not given to a feed again. */
function isOurs(row: GroupRow, feed: FeedRow, orders: readonly SendOrder[]): boolean {
  const write = row.state.inFlight
  const order = orders.find(({ groupId }) => groupId === row.groupId)
  const isHeld = row.claimedBy === feedToken(feed.id) && write?.phase === 'sending'
  return isHeld && write.version === order?.version && write.epoch === order.epoch && !write.resend
}

async function holdForFeed(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  { feed, rows, now }: { feed: FeedRow; rows: readonly GroupRow[]; now: number },
): Promise<void> {
  const leaseUntil = feed.deadline_at.getTime()
  const turns = rows.map((row) => beginTurn(row))
  for (const turn of turns) {
    const { version = 0, epoch } = turn.row.state.inFlight ?? {}
    tell(turn, { kind: 'fed', version, epoch: epoch ?? 0, leaseUntil, submissionId: feed.id }, now)
    turn.row.claimedUntil = leaseUntil
  }
  await saveTurns(tx, deps, { turns, now })
}

async function insertMessages(tx: Transaction<ChannelDb>, feed: FeedRow, rows: readonly GroupRow[]): Promise<void> {
  const writes = rows.flatMap((row) => (row.state.inFlight ? [{ row, write: row.state.inFlight }] : []))
  if (writes.length === 0) return
  await sql`
    insert into feed_item (feed_id, message_id, channel_sku, group_id, product_type, version, epoch, quantity, lead_time_days)
    select ${feed.id}, ${feed.items} + place, sku, group_id, product_type, version, epoch, quantity, lead_time
      from unnest(${writes.map(({ row }) => row.channelSku)}::text[], ${writes.map(({ row }) => row.groupId)}::text[],
                  ${writes.map(({ row }) => row.productType ?? 'PRODUCT')}::text[],
                  ${writes.map(({ write }) => write.version)}::integer[], ${writes.map(({ write }) => write.epoch)}::integer[],
                  ${writes.map(({ write }) => write.quantity)}::bigint[],
                  ${writes.map(({ write }) => write.leadTimeDays)}::integer[])
           with ordinality as w (sku, group_id, product_type, version, epoch, quantity, lead_time, place)`.execute(tx)
}
