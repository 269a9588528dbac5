import { resumeStuckFeed } from '../feeds/feed-queue.ts'
import type { Feed, FeedFate } from '../feeds/feed-records.ts'
import { feedStatus, type FeedStatus } from '../feeds/feeds.ts'
import { ControlRefusalError } from '../refusals.ts'
import { isoMillis } from '../times.ts'
import { sellerKeyOf, type World } from '../world.ts'
import { findSeller } from './sellers.ts'

/** A feed as the control API shows it. */
export interface FeedRow {
  feedId: string
  sellerId: string
  region: string
  feedType: string
  status: FeedStatus
  fate: FeedFate
  items: number
  reached: number
  createdAt: string
  /** Null while others are ahead of it. */
  startsAt: string | null
  /** When it ended, or will if nothing comes between; null while others are ahead of it or when it is stuck. */
  endsAt: string | null
}

const mostRows = 200

/** The newest feeds of a seller, newest first. */
export function readFeeds(
  world: World,
  which: { sellerId: string; region?: string | undefined; now: number },
): FeedRow[] {
  const seller = findSeller(world, which)
  return world.feeds
    .inGroup(sellerKeyOf(seller))
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.feedId < b.feedId ? -1 : 1))
    .slice(0, mostRows)
    .map((feed) => feedRow(feed, which.now))
}

/** Lets a stuck feed go on from now as if nothing had been. */
export function resumeFeed(world: World, which: { feedId: string; now: number }): FeedRow {
  const feed = world.feeds.find(which.feedId)
  if (!feed) {
    const message = `no feed '${which.feedId}': GET /_sim/feeds lists them`
    throw new ControlRefusalError(404, { code: 'NOT_FOUND', field: 'feedId', message })
  }
  if (feed.fate !== 'stuck' || feed.outcome !== null) {
    const message = `feed ${feed.feedId} is not stuck: it goes on by itself`
    throw new ControlRefusalError(409, { code: 'NOT_STUCK', field: 'feedId', message })
  }
  resumeStuckFeed(world, feed, which.now)
  return feedRow(feed, which.now)
}

/** A feed as the control API shows it. */
export function feedRow(feed: Feed, now: number): FeedRow {
  const { feedId, sellerId, region, feedType, fate, items, reached, times, endedAt } = feed
  const end = endedAt ?? (fate === 'stuck' ? null : (times?.endsAt ?? null))
  return {
    feedId,
    sellerId,
    region,
    feedType,
    status: feedStatus(feed, now),
    fate,
    items,
    reached,
    createdAt: isoMillis(feed.createdAt),
    startsAt: times ? isoMillis(times.startsAt) : null,
    endsAt: end === null ? null : isoMillis(end),
  }
}
