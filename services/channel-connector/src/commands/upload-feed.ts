import { failpoint } from '@lockstep/postgres/failpoint'
import { createFeedDocumentCall, LISTINGS_FEED_CONTENT_TYPE, readFeedUpload } from '@lockstep/sp-api/feeds'
import type { ListingChange } from '@lockstep/sp-api/listing-patches'
import { ListingsFeed } from '@lockstep/sp-api/listings-feed'
import type { Kysely } from 'kysely'

import { listingChanges } from '../domain/listing-changes.ts'
import { findConnection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import { type FeedItem, type FeedRow, inMs, isCreating, listItems, saveFeed } from '../store/feed-rows.ts'
import { endFeed } from './end-feed.ts'
import { callForFeed, type FeedDeps, pauseMsAfter } from './feed-work.ts'
import { type BuiltFeed, returnItems } from './return-items.ts'

const pageSize = 1_000
const queueAgainMs = 2_000

/**
 * Builds a feed from its rows and uploads it to a new document. Repeatable: a document without a feed is nothing to Amazon.
 * Answers the feed when its next step may follow at once.
 */
export async function uploadFeed(deps: FeedDeps, feed: FeedRow, signal: AbortSignal): Promise<FeedRow | undefined> {
  const built = await buildFeed(deps.db, feed)
  const held = await returnItems(deps, feed, built)
  if (built.feed.messageCount === 0) {
    await endFeed(deps, held, { kind: 'cancelled', detail: 'nothing was left to carry' })
    return undefined
  }
  const { messageCount: items, byteLength: bytes } = built.feed
  // The unique index on feeds that are being created would say the same, as an error.
  if (await isCreating(deps.db, feed.connection_id)) {
    await saveFeed(deps.db, held, { items, bytes, next_at: inMs(queueAgainMs) })
    return undefined
  }
  failpoint('feed:before-document')
  const reply = await callForFeed(deps, feed, { call: createFeedDocumentCall(LISTINGS_FEED_CONTENT_TYPE), signal })
  const upload = reply.outcome === 'accepted' ? readFeedUpload(reply.body) : undefined
  if (!upload) {
    await saveFeed(deps.db, held, { items, bytes, detail: reply.detail, next_at: inMs(pauseMsAfter(reply)) })
    return undefined
  }
  failpoint('feed:after-document')
  const { url } = upload
  const stored = await deps.documents.put({
    url,
    chunks: built.feed.chunks(),
    contentType: LISTINGS_FEED_CONTENT_TYPE,
    signal,
  })
  failpoint('feed:after-upload')
  if (stored.kind !== 'stored') {
    // An address that has run out, or storage that did not answer: a new document is asked for. [T-58]
    const detail = stored.kind === 'expired' ? 'the upload address had run out' : stored.detail
    await saveFeed(deps.db, held, { items, bytes, detail, next_at: inMs(stored.kind === 'expired' ? 0 : 5_000) })
    return undefined
  }
  return saveFeed(deps.db, held, { items, bytes, detail: '', document_id: upload.documentId, state: 'creating' })
}

async function buildFeed(db: Kysely<ChannelDb>, row: FeedRow): Promise<BuiltFeed> {
  const connection = await findConnection(db, row.connection_id)
  const feed = new ListingsFeed({ sellerId: connection?.sellerId ?? '' })
  const built: BuiltFeed = { feed, refused: [], left: [] }
  const [marketplaceId = ''] = row.marketplace_ids
  let after = 0
  for (;;) {
    const items = await listItems(db, { feedId: row.id, after, limit: pageSize })
    for (const item of items) addItem(built, item, marketplaceId)
    after = items.at(-1)?.message_id ?? after
    if (items.length < pageSize) return built
  }
}

function addItem(built: BuiltFeed, item: FeedItem, marketplaceId: string): void {
  if (!item.is_open) return
  const added = built.feed.add({
    messageId: item.message_id,
    sku: item.channel_sku,
    productType: item.product_type,
    changes: changesOf(item, marketplaceId),
  })
  if (added.kind === 'full') built.left.push(item)
  else if (added.kind === 'refused') built.refused.push({ item, issue: added.detail })
}

function changesOf(item: FeedItem, marketplaceId: string): ListingChange[] {
  if (item.change) return listingChanges(item.change, marketplaceId)
  const { quantity, lead_time_days: leadTimeDays } = item
  return quantity === null ? [] : [{ kind: 'quantity', quantity, leadTimeDays, op: 'merge' }]
}
