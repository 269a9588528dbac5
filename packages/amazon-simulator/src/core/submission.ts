import { claimWriteFate } from './faults.ts'
import { land, offerIn } from './listings.ts'
import type { PatchEffect } from './patch-document.ts'
import type { Availability, Listing, PendingWrite } from './records.ts'
import type { World } from './world.ts'

/** A write Amazon accepted. */
export interface Submission {
  effect: PatchEffect
  marketplaceIds: readonly string[]
  submissionId: string
  by: 'patch' | 'feed'
  at: number
  /** The open feed this write waits for and when that feed is expected to end. */
  behind: { feedId: string; expectedEnd: number } | null
}

/**
 * Records a write as submitted and lets it land after the propagation delay, never before an earlier one of the same
 * SKU. Writes that wait behind a feed stay behind everything that feed brings.
 */
export function submitWrite(world: World, listing: Listing, submission: Submission): void {
  const { effect, marketplaceIds, at, behind, by } = submission
  if (effect.availability) recordSubmitted(listing, effect.availability, submission)
  for (const { name, marketplaceId, value } of effect.attributes) {
    const offer = offerIn(listing, marketplaceId)
    if (offer) offer.attributes[name] = value
  }
  const fate = claimWriteFate(world, { by, sellerId: listing.sellerId, sku: listing.sku }, at)
  if (fate?.action !== 'write-lost') {
    insertPending(listing, {
      submissionId: submission.submissionId,
      appliesAt: (behind?.expectedEnd ?? at) + (fate ? fate.delayMs : world.settings.propagationMs),
      behindFeed: behind?.feedId ?? null,
      channel: effect.channel,
      availability: effect.availability,
      offers: effect.offers.filter(({ marketplaceId }) => marketplaceIds.includes(marketplaceId)),
    })
  }
  world.listings.save(listing)
  land(world, listing, at)
}

/** Writes that waited behind a feed land now that it has ended, in the order in which they were accepted. */
export function releaseWrites(world: World, listing: Listing, of: { feedId: string; at: number }): void {
  const { feedId, at } = of
  let previous = 0
  let isChanged = false
  for (const write of listing.pendingWrites) {
    if (write.behindFeed === feedId) {
      write.behindFeed = null
      write.appliesAt = Math.max(at + world.settings.propagationMs, previous)
      isChanged = true
    }
    previous = Math.max(previous, write.appliesAt)
  }
  if (isChanged) world.listings.save(listing)
}

/** Whether a listing has an offer a request could reach. */
export function isListedIn(listing: Listing, marketplaceIds: readonly string[]): boolean {
  return marketplaceIds.some((id) => offerIn(listing, id) !== undefined)
}

function insertPending(listing: Listing, write: PendingWrite): void {
  const waiting = listing.pendingWrites.findIndex(({ behindFeed }) => behindFeed !== null)
  const place = write.behindFeed === null && waiting >= 0 ? waiting : listing.pendingWrites.length
  const previous = listing.pendingWrites[place - 1]?.appliesAt ?? 0
  listing.pendingWrites.splice(place, 0, { ...write, appliesAt: Math.max(write.appliesAt, previous) })
}

/** What was submitted is kept once for the SKU and once for each marketplace named in the request: the other copies keep their old value. */
function recordSubmitted(listing: Listing, availability: Partial<Availability>, of: Submission): void {
  const { at: _at, by: _by, ...before } = listing.submitted
  listing.submitted = { ...before, ...availability, at: of.at, by: of.by }
  listing.soldSinceSubmitted = 0
  for (const offer of listing.offers) {
    if (!of.marketplaceIds.includes(offer.marketplaceId)) continue
    offer.attribute = { ...(offer.attribute ?? before), ...availability }
  }
}
