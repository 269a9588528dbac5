import { holdingFeed } from './feeds/feed-queue.ts'
import { findListing } from './listings.ts'
import { effectOf, type PatchDocument, type PatchEffect } from './patch-document.ts'
import type { ListingIssue } from './patch-issues.ts'
import type { Listing, Seller } from './records.ts'
import { isListedIn, submitWrite, type Submission } from './submission.ts'
import type { World } from './world.ts'

/** A patchListingsItem call whose parameters are in order. */
export interface PatchRequest {
  sku: string
  marketplaceIds: readonly string[]
  document: PatchDocument
  preview: boolean
}

/** The submission result. 200 with INVALID changed nothing; ACCEPTED means queued, not live. */
export interface SubmissionResult {
  sku: string
  status: 'ACCEPTED' | 'INVALID' | 'VALID'
  submissionId: string
  issues: ListingIssue[]
}

/**
 * Takes a submission. An unknown SKU is ACCEPTED without any effect, as on Amazon.
 * A stock write for a SKU that an open feed holds is accepted as well, but lands after the feed.
 */
export function patchListing(
  world: World,
  seller: Seller,
  call: { request: PatchRequest; now: number },
): SubmissionResult {
  const { request, now } = call
  const effect = effectOf(request.document, seller, request.marketplaceIds)
  const result = { sku: request.sku, submissionId: world.ids.hex('submission', 32), issues: effect.issues }
  if (effect.issues.some((issue) => issue.severity === 'ERROR')) return { ...result, status: 'INVALID' }
  if (request.preview) return { ...result, status: 'VALID' }
  const listing = findListing(world, seller, { sku: request.sku, now })
  if (listing && isListedIn(listing, request.marketplaceIds)) {
    const { submissionId } = result
    const behind = feedAhead(world, listing, effect)
    submitWrite(world, listing, {
      effect,
      marketplaceIds: request.marketplaceIds,
      submissionId,
      by: 'patch',
      at: now,
      behind,
    })
  }
  return { ...result, status: 'ACCEPTED' }
}

/** A stock write waits for an open feed that holds its SKU; any write waits behind one that does. */
function feedAhead(world: World, listing: Listing, effect: PatchEffect): Submission['behind'] {
  const canWait = effect.availability !== null && world.settings.patchDuringFeed === 'waits'
  const holding = canWait ? holdingFeed(world, listing) : null
  if (holding) return holding
  const waiting = listing.pendingWrites.at(-1)
  return waiting?.behindFeed ? { feedId: waiting.behindFeed, expectedEnd: waiting.appliesAt } : null
}
