import { type ListingsSearch, type LiveListing, readListings, readListingsCalls } from '@lockstep/sp-api/listings'

import type { AmazonReply } from '../domain/amazon-reply.ts'
import type { AmazonCall } from './call-amazon.ts'

/** One call to Amazon, through its buckets. */
export type CallAmazon = (call: AmazonCall) => Promise<AmazonReply>

/** A read that was answered; SKUs that are not among the listings are not known to Amazon. */
export type LiveReading =
  | { kind: 'read'; readAt: Date | undefined; listings: ReadonlyMap<string, LiveListing> }
  | { kind: 'failed'; reply: AmazonReply }

/** Whose SKUs are read, and how long the read is worth waiting for. */
export interface LiveQuestion extends ListingsSearch {
  connectionId: string
  lane: 'guard' | 'watch' | 'verification' | 'sweep'
  waitMs: number
  signal: AbortSignal
}

/** Reads what Amazon holds of up to 20 SKUs. All or nothing: a part that fails fails the whole. */
export async function readLive(deps: { callAmazon: CallAmazon }, question: LiveQuestion): Promise<LiveReading> {
  const { connectionId, lane, waitMs, signal } = question
  const notAfter = new Date(Date.now() + waitMs)
  const replies = await Promise.all(
    readListingsCalls(question).map((call) => deps.callAmazon({ ...call, connectionId, lane, notAfter, signal })),
  )
  const listings = new Map<string, LiveListing>()
  for (const reply of replies) {
    if (reply.outcome === 'not_found') continue
    const found = reply.outcome === 'accepted' ? readListings(reply.body) : undefined
    if (!found) return { kind: 'failed', reply }
    for (const listing of found) listings.set(listing.sku, listing)
  }
  return { kind: 'read', readAt: earliest(replies), listings }
}

/** The earliest time counts: a sale between two parts of a read must not look older than it is. */
function earliest(replies: readonly AmazonReply[]): Date | undefined {
  const times = replies.flatMap((reply) => reply.amazonTime ?? [])
  return times.toSorted((a, b) => a.getTime() - b.getTime())[0]
}
