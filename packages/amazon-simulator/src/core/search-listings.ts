import { itemDatasets, type ItemDataset } from './item-datasets.ts'
import { itemView } from './listing-item.ts'
import { findListing, listListings, offerIn } from './listings.ts'
import { checkMarketplaces, integerOf, listOf, type Query } from './query.ts'
import type { Listing, Seller } from './records.ts'
import { badRequest, notFound } from './refusals.ts'
import type { World } from './world.ts'

const identifierTypes = ['ASIN', 'EAN', 'FNSKU', 'GTIN', 'ISBN', 'JAN', 'MINSAN', 'SKU', 'UPC'] as const
const reachableItems = 1000

/** GET one listing. Throws 404 when the SKU has no offer in the marketplaces asked for. */
export function getListingItem(
  world: World,
  seller: Seller,
  call: { sku: string; query: Query; now: number },
): unknown {
  const { sku, query, now } = call
  const { marketplaceIds, datasets } = readCommon(seller, query)
  const listing = findListing(world, seller, { sku, now })
  if (!listing || !marketplaceIds.some((id) => offerIn(listing, id))) {
    throw notFound(`SKU '${sku}' not found in marketplace ${marketplaceIds.join(', ')}`)
  }
  return itemView(listing, marketplaceIds, datasets)
}

/** GET several listings: up to 20 identifiers, or page by page through all of them (1,000 at most). */
export function searchListingItems(world: World, seller: Seller, call: { query: Query; now: number }): unknown {
  const { query } = call
  const { marketplaceIds, datasets } = readCommon(seller, query)
  const pageSize = integerOf(query, 'pageSize', { min: 1, max: 20, otherwise: 10, complain: badRequest })
  const offset = readPageToken(world, query.find('pageToken'))
  const found = candidates(world, seller, call)
    .filter((listing) => marketplaceIds.some((id) => offerIn(listing, id)))
    .slice(0, reachableItems)
  const page = found.slice(offset, offset + pageSize)
  const next = offset + pageSize < found.length ? { nextToken: pageToken(world, offset + pageSize) } : {}
  const previous = offset > 0 ? { previousToken: pageToken(world, Math.max(0, offset - pageSize)) } : {}
  const pagination = { ...next, ...previous }
  return {
    numberOfResults: found.length,
    ...(Object.keys(pagination).length > 0 ? { pagination } : {}),
    items: page.map((listing) => itemView(listing, marketplaceIds, datasets)),
  }
}

function candidates(world: World, seller: Seller, { query, now }: { query: Query; now: number }): Listing[] {
  const identifiers = query.list('identifiers')
  if (!identifiers) return listListings(world, seller, now)
  const type = listOf(query, 'identifiersType', { allowed: identifierTypes, complain: badRequest })?.[0]
  if (!type) throw badRequest("'identifiersType' is required with 'identifiers'.")
  if (identifiers.length > 20) throw badRequest(`At most 20 identifiers are allowed, ${identifiers.length} were sent.`)
  if (type === 'SKU') return [...new Set(identifiers)].flatMap((sku) => findListing(world, seller, { sku, now }) ?? [])
  return listListings(world, seller, now).filter((listing) =>
    listing.offers.some((offer) => type === 'ASIN' && identifiers.includes(offer.asin)),
  )
}

function readCommon(seller: Seller, query: Query): { marketplaceIds: string[]; datasets: ItemDataset[] } {
  const marketplaceIds = query.list('marketplaceIds') ?? []
  if (marketplaceIds.length === 0) throw badRequest("'marketplaceIds' is required.")
  checkMarketplaces(seller, marketplaceIds, badRequest)
  const datasets = listOf(query, 'includedData', { allowed: itemDatasets, complain: badRequest }) ?? ['summaries']
  return { marketplaceIds, datasets }
}

function pageToken(world: World, offset: number): string {
  return `${offset}.${world.ids.signature(`listings-page-${offset}`)}`
}

function readPageToken(world: World, token: string | undefined): number {
  if (token === undefined) return 0
  const offset = Number(token.split('.')[0])
  if (!Number.isInteger(offset) || token !== pageToken(world, offset)) throw badRequest("'pageToken' is not valid.")
  return offset
}
