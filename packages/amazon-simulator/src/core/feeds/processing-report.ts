import { itemView } from '../listing-item.ts'
import { findListing } from '../listings.ts'
import type { World } from '../world.ts'
import type { FeedMessage } from './feed-message.ts'
import type { Feed, FeedDigest } from './feed-records.ts'

interface Subject {
  feed: Feed
  digest: FeedDigest
  /** The messages the report knows of. */
  messages: FeedMessage[]
  at: number
}

/**
 * The processing report of a listings feed. Accepted means taken, not live.
 * Source: listings feed processing report schema, version 2.
 */
export function processingReport(world: World, subject: Subject): string {
  const { feed, digest, messages } = subject
  const issues = [...wholeFeedIssues(digest), ...messages.flatMap(messageIssues)]
  const errors = issues.filter(({ severity }) => severity === 'ERROR').length
  const invalid = messages.filter(({ isInvalid }) => isInvalid).length
  const items = digest.includedData.length > 0 ? itemsOf(world, subject) : undefined
  return JSON.stringify({
    header: {
      sellerId: feed.sellerId,
      version: '2.0',
      feedId: feed.feedId,
      ...(items ? { report: { includedData: digest.includedData, apiVersion: '2021-08-01' } } : {}),
    },
    issues,
    summary: {
      errors,
      warnings: issues.filter(({ severity }) => severity === 'WARNING').length,
      messagesProcessed: messages.length,
      messagesAccepted: messages.length - invalid,
      messagesInvalid: invalid,
      ...(items ? { itemSummary: { items: items.length, errors: 0, warnings: 0 } } : {}),
    },
    ...(items ? { items } : {}),
  })
}

function wholeFeedIssues({ problem }: FeedDigest): { code: string; severity: string; message: string }[] {
  return problem === null ? [] : [{ code: '4000000', severity: 'ERROR', message: problem }]
}

function messageIssues(message: FeedMessage): { severity: string }[] {
  const { messageId, sku } = message
  const which = { ...(messageId === null ? {} : { messageId }), ...(sku === '' ? {} : { sku }) }
  return message.issues.map((issue) => ({
    ...which,
    code: issue.code,
    severity: issue.severity,
    message: issue.message,
    attributeName: issue.attributeNames[0] ?? '',
  }))
}

/** The items as Amazon shows them when the report is written. */
function itemsOf(world: World, { feed, digest, messages, at }: Subject): Record<string, unknown>[] {
  return messages.flatMap(({ sku, isInvalid }) => {
    const listing = isInvalid ? undefined : findListing(world, feed, { sku, now: at })
    return listing ? [itemView(listing, feed.marketplaceIds, digest.includedData)] : []
  })
}
