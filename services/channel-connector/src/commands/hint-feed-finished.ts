import { type Kysely, sql } from 'kysely'

import type { ChannelDb } from '../store/database.ts'

/**
 * Takes a word that Amazon has ended a feed as a hint: the feed is looked at now instead of at its next time. Answers whether it is one of ours. What the
 * word says is not believed, and losing it costs nothing but time.
 */
export async function hintFeedFinished(
  db: Kysely<ChannelDb>,
  hint: { connectionId: string; channelFeedId: string },
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update feed set next_at = least(next_at, clock_timestamp())
     where connection_id = ${hint.connectionId} and channel_feed_id = ${hint.channelFeedId} and ended_at is null`.execute(
    db,
  )
  return numAffectedRows > 0n
}
