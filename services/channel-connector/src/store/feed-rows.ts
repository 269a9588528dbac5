import { type Kysely, type Selectable, sql, type Transaction, type UpdateObject } from 'kysely'

import type { FeedItemTable, FeedTable } from './bulk-tables.ts'
import type { ChannelDb } from './database.ts'

/** A feed's whole row, as it was claimed. */
export type FeedRow = Selectable<FeedTable>
/** A message of a feed. */
export type FeedItem = Selectable<FeedItemTable>

/** Another worker holds the feed by now; what this one found out does not count. */
export class FeedLostError extends Error {
  override name = 'FeedLostError'
}

/** What of a feed is to change. */
export type FeedChange = UpdateObject<ChannelDb, 'feed'>

/** Changes a feed that this run holds; answers its row. Fails with FeedLostError when it does not hold it any more. */
export async function saveFeed(db: Kysely<ChannelDb>, feed: FeedRow, change: FeedChange): Promise<FeedRow> {
  const saved = await db
    .updateTable('feed')
    .set(change)
    .where('id', '=', feed.id)
    .where('claimed_by', '=', feed.claimed_by)
    .returningAll()
    .executeTakeFirst()
  if (!saved) throw new FeedLostError(`feed ${feed.id} is held by another worker`)
  return saved
}

/** So many milliseconds from now, by the database's clock. */
export function inMs(ms: number) {
  return sql<Date>`clock_timestamp() + make_interval(secs => ${ms / 1000})`
}

/** This moment, by the database's clock. */
export const databaseNow = sql<Date>`clock_timestamp()`

/** The next messages of a feed that have not been dealt with, in their order. */
export async function listOpenItems(tx: Transaction<ChannelDb>, feedId: string, limit: number): Promise<FeedItem[]> {
  return tx
    .selectFrom('feed_item')
    .selectAll()
    .where('feed_id', '=', feedId)
    .where('is_open', '=', true)
    .orderBy('message_id')
    .limit(limit)
    .execute()
}

/** These messages again, as they are now, locked until the transaction ends. Their groups are locked before. */
export async function lockItems(
  tx: Transaction<ChannelDb>,
  feedId: string,
  items: readonly FeedItem[],
): Promise<FeedItem[]> {
  const messageIds = items.map((item) => item.message_id)
  const { rows } = await sql<FeedItem>`
    select * from feed_item where feed_id = ${feedId} and message_id = any(${messageIds}::integer[])
     order by message_id for update`.execute(tx)
  return rows
}

/** Messages of a feed in their order, after the given one. */
export async function listItems(
  db: Kysely<ChannelDb>,
  page: { feedId: string; after: number; limit: number },
): Promise<FeedItem[]> {
  return db
    .selectFrom('feed_item')
    .selectAll()
    .where('feed_id', '=', page.feedId)
    .where('message_id', '>', page.after)
    .orderBy('message_id')
    .limit(page.limit)
    .execute()
}

/** Every message of a feed, as it was sent. */
export async function listSentMessages(
  db: Kysely<ChannelDb>,
  feedId: string,
): Promise<{ messageId: number; sku: string }[]> {
  return db
    .selectFrom('feed_item')
    .select(['message_id as messageId', 'channel_sku as sku'])
    .where('feed_id', '=', feedId)
    .orderBy('message_id')
    .execute()
}

/** What became of one message. */
export interface ItemEnd {
  messageId: number
  outcome: FeedItem['outcome']
  issue: string
}

/** Closes messages with what became of them. */
export async function closeItems(tx: Transaction<ChannelDb>, feedId: string, ends: readonly ItemEnd[]): Promise<void> {
  if (ends.length === 0) return
  await sql`
    update feed_item i set is_open = false, outcome = coalesce(i.outcome, e.outcome), issue = e.issue
      from unnest(${ends.map((e) => e.messageId)}::integer[], ${ends.map((e) => e.outcome)}::text[],
                  ${ends.map((e) => e.issue)}::text[]) as e (message_id, outcome, issue)
     where i.feed_id = ${feedId} and i.message_id = e.message_id`.execute(tx)
}

/** Takes messages out of a feed that has not left. */
export async function dropItems(
  tx: Transaction<ChannelDb>,
  feedId: string,
  messageIds: readonly number[],
): Promise<void> {
  if (messageIds.length === 0) return
  await sql`
    delete from feed_item where feed_id = ${feedId} and message_id = any(${[...messageIds]}::integer[])`.execute(tx)
}

/** How many messages of a feed ended in which way. */
export async function countOutcomes(tx: Transaction<ChannelDb>, feedId: string): Promise<Map<string | null, number>> {
  const rows = await tx
    .selectFrom('feed_item')
    .select((eb) => ['outcome', eb.fn.countAll<number>().as('count')])
    .where('feed_id', '=', feedId)
    .groupBy('outcome')
    .execute()
  return new Map(rows.map(({ outcome, count }) => [outcome, count]))
}

/** Amazon's ids of the connection's feeds. */
export async function listKnownFeedIds(db: Kysely<ChannelDb>, connectionId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('feed')
    .select('channel_feed_id')
    .where('connection_id', '=', connectionId)
    .where('channel_feed_id', 'is not', null)
    .execute()
  return new Set(rows.flatMap(({ channel_feed_id: id }) => id ?? []))
}

/** Whether a createFeed of the connection is under way or its outcome unknown. */
export async function isCreating(db: Kysely<ChannelDb>, connectionId: string): Promise<boolean> {
  const row = await db
    .selectFrom('feed')
    .select('id')
    .where('connection_id', '=', connectionId)
    .where('state', '=', 'creating')
    .executeTakeFirst()
  return row !== undefined
}
