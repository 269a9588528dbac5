import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { listingPageCall, readListingPage, type ShownListing } from '../channels/amazon/listing-pages.ts'
import { minorUnits, type ReportedListing } from '../domain/listings-report.ts'
import type { Account } from '../store/accounts.ts'
import { type AmazonReply, callAmazon, type CallAmazonDeps } from './call-amazon.ts'
import { saveListings, type SaveListingsDeps, skuProblemOf } from './save-listings.ts'

/** What looking through listings needs. */
export interface LookDeps extends SaveListingsDeps {
  gateway: CallAmazonDeps
}

/** Everything that can be reached was seen, or the look is to be begun again after this time. */
export type LookEnd = { kind: 'seen'; listings: number } | { kind: 'again'; afterMs: number; detail: string }

// Amazon lets at most 1,000 listings be reached by paging, 20 at a time.
const mostPages = 50
const waitForTokenMs = 30_000

/**
 * Brings the listings of an account in page by page. A report takes Amazon a quarter of an hour and is asked for once a minute per seller;
 * a seller with up to 1,000 listings sees them within seconds this way. It adds and never contradicts: what a report said stays.
 */
export async function lookThroughListings(deps: LookDeps, account: Account, signal: AbortSignal): Promise<LookEnd> {
  let token: string | undefined
  let seen = 0
  for (let page = 0; page < mostPages; page += 1) {
    const reply = await askForPage(deps, account, { token, signal })
    const read = reply.outcome === 'accepted' ? readListingPage(reply.body, account.marketplaceId) : undefined
    if (!read) return { kind: 'again', afterMs: pauseAfter(reply), detail: reply.detail }
    const listings = listingsOf(account, read.listings)
    await saveListings(deps, { account, reference: account.id, reportedAt: null }, listings)
    seen += listings.length
    token = read.nextToken
    if (token === undefined) break
  }
  return { kind: 'seen', listings: seen }
}

async function askForPage(
  { gateway }: LookDeps,
  { connectionId, sellerId, marketplaceId }: Account,
  { token, signal }: { token: string | undefined; signal: AbortSignal },
): Promise<AmazonReply> {
  const notAfter = new Date(Date.now() + waitForTokenMs)
  const call = listingPageCall({ sellerId, marketplaceId, token })
  return callAmazon(gateway, { ...call, connectionId, lane: 'sweep', notAfter, signal })
}

function pauseAfter(reply: AmazonReply): number {
  if (reply.throttledUntil) return Math.max(1_000, reply.throttledUntil.getTime() - Date.now())
  const passesByItself = ['outage', 'unknown', 'not_sent', 'throttled', 'accepted'].includes(reply.outcome)
  return passesByItself ? 60_000 : 15 * 60_000
}

function listingsOf(account: Account, shown: readonly ShownListing[]): ReportedListing[] {
  const digits = findMarketplace(account.marketplaceId)?.currencyDigits ?? 2
  const listings = shown.flatMap((listing) => {
    // Without a fulfilment channel it cannot be told whose stock it is: the report will say.
    if (listing.availability.length === 0 || listing.sku === '' || listing.sku.includes('\u0000')) return []
    const own = listing.availability.find(({ channel }) => channel === 'DEFAULT')
    return {
      channelSku: listing.sku,
      asin: listing.asin,
      title: listing.title.replaceAll('\u0000', ''),
      fba: listing.availability.some(({ channel }) => channel !== 'DEFAULT'),
      active: listing.status.includes('BUYABLE'),
      skuProblem: skuProblemOf(listing.sku),
      listedQuantity: own?.quantity ?? null,
      priceMinor: minorUnits(listing.price, digits),
    }
  })
  return [...new Map(listings.map((listing) => [listing.channelSku, listing])).values()]
}
