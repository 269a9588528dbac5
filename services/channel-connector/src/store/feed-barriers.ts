import { sql, type Transaction } from 'kysely'

import type { FeedState } from '../domain/bulk-states.ts'
import type { ChannelDb } from './database.ts'

/** A feed that holds a SKU and has not ended. */
export interface FeedBarrier {
  groupId: string
  feedId: string
  state: FeedState
  /** Epoch milliseconds. */
  deadlineAt: number
  cancelAsked: boolean
  cancelledBefore: boolean
  /** What it says of the SKU's stock; null when it holds a price or content. */
  quantity: number | null
}

/** The feeds that hold these groups' SKUs; at most one each, the newest. */
export async function listFeedBarriers(
  tx: Transaction<ChannelDb>,
  groupIds: readonly string[],
): Promise<Map<string, FeedBarrier>> {
  if (groupIds.length === 0) return new Map()
  const { rows } = await sql<FeedBarrier>`
    select i.group_id as "groupId", i.feed_id as "feedId", f.state, f.cancel_requested is not null as "cancelAsked",
           f.is_kept as "cancelledBefore", i.quantity, (extract(epoch from f.deadline_at) * 1000)::bigint as "deadlineAt"
      from feed_item i join feed f on f.id = i.feed_id
     where i.is_open and i.group_id = any(${[...groupIds]}::text[])
     order by i.feed_id`.execute(tx)
  return new Map(rows.map((row) => [row.groupId, row]))
}

/** Which of these groups have a price on its way in a running job. */
export async function listPendingPrices(tx: Transaction<ChannelDb>, groupIds: readonly string[]): Promise<Set<string>> {
  if (groupIds.length === 0) return new Set()
  const { rows } = await sql<{ id: string }>`
    select distinct i.group_id as id from bulk_job_item i join bulk_job j on j.id = i.job_id
     where i.group_id = any(${[...groupIds]}::text[]) and i.state in ('waiting', 'in_feed', 'patching')
       and i.change ? 'price' and j.state = 'running'`.execute(tx)
  return new Set(rows.map((row) => row.id))
}

/** Notes that a number goes out beside the feed: it goes out again when the feed has ended. The groups are locked. */
export async function markOvertaken(tx: Transaction<ChannelDb>, groupIds: readonly string[]): Promise<void> {
  if (groupIds.length === 0) return
  await sql`
    update feed_item set overtaken = true
     where is_open and not overtaken and group_id = any(${[...groupIds].toSorted()}::text[])`.execute(tx)
}

/** Asks for feeds to be taken out of Amazon's queue; the first reason stands. */
export async function requestCancel(
  tx: Transaction<ChannelDb>,
  feedIds: readonly string[],
  reason: string,
): Promise<void> {
  if (feedIds.length === 0) return
  await sql`
    update feed set cancel_requested = ${reason}, next_at = clock_timestamp()
     where id in (select id from feed where id = any(${[...feedIds]}::text[]) and ended_at is null and cancel_requested is null
                   order by id for update)`.execute(tx)
}
