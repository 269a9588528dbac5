import { findListing, offerIn } from './listings.ts'
import { effectOf, type PatchDocument, type PatchEffect } from './patch-document.ts'
import type { ListingIssue } from './patch-issues.ts'
import type { Availability, Listing, Seller } from './records.ts'
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
 * The write lands after the propagation delay, never before an earlier one of the same SKU.
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
  const isListed = listing && request.marketplaceIds.some((id) => offerIn(listing, id))
  if (isListed) submit(world, listing, { request, effect, submissionId: result.submissionId, now })
  return { ...result, status: 'ACCEPTED' }
}

interface Submission {
  request: PatchRequest
  effect: PatchEffect
  submissionId: string
  now: number
}

function submit(world: World, listing: Listing, submission: Submission): void {
  const { request, effect, submissionId, now } = submission
  if (effect.availability) recordSubmitted(listing, { availability: effect.availability, request, now })
  for (const { name, marketplaceId, value } of effect.attributes) {
    const offer = offerIn(listing, marketplaceId)
    if (offer) offer.attributes[name] = value
  }
  const previous = listing.pendingWrites.at(-1)?.appliesAt ?? 0
  const appliesAt = Math.max(now + world.settings.propagationMs, previous)
  const { channel, availability, offers } = effect
  listing.pendingWrites.push({ submissionId, appliesAt, behindFeed: null, channel, availability, offers })
  world.listings.save(listing)
  findListing(world, listing, { sku: listing.sku, now })
}

/** What was submitted is kept once for the SKU and once for each marketplace named in the request: the other copies keep their old value. */
function recordSubmitted(
  listing: Listing,
  what: { availability: Partial<Availability>; request: PatchRequest; now: number },
): void {
  const { at: _at, by: _by, ...before } = listing.submitted
  listing.submitted = { ...before, ...what.availability, at: what.now, by: 'patch' }
  listing.soldSinceSubmitted = 0
  for (const offer of listing.offers) {
    if (!what.request.marketplaceIds.includes(offer.marketplaceId)) continue
    offer.attribute = { ...(offer.attribute ?? before), ...what.availability }
  }
}
