import { quoted, readOwnJson } from '../json.ts'
import { listListings, offerIn } from '../listings.ts'
import { checkMarketplaces, type Query } from '../query.ts'
import type { Listing, Seller } from '../records.ts'
import { invalidInput } from '../refusals.ts'
import { isoSeconds, parseIso } from '../times.ts'
import type { World } from '../world.ts'
import { fnskuOf } from './fnsku.ts'
import { poolOf } from './pool-of.ts'
import { poolsOf } from './pools.ts'
import type { FbaPool } from './records.ts'
import { reservedUnits } from './reserved.ts'

const pageSize = 50
const tokenLifeMs = 30_000
const longestBackMs = 18 * 30.5 * 24 * 3600 * 1000

interface Search {
  marketplaceId: string
  details: boolean
  skus: string[] | null
  since: number | null
  offset: number
}

/** getInventorySummaries: what Amazon holds, for one marketplace. Source: FBA Inventory v1. */
export function getInventorySummaries(world: World, seller: Seller, call: { query: Query; now: number }): unknown {
  const search = readSearch(world, seller, call)
  const reserved = reservedUnits(world, seller)
  const found = listListings(world, seller, call.now).flatMap((listing) => {
    const pool = poolFor(world, listing, search)
    return pool ? [{ listing, pool }] : []
  })
  const end = search.offset + pageSize
  const page = found.slice(search.offset, end).map(({ listing, pool }) => {
    const pending = reserved.get(`${pool.pool}|${listing.sku}`) ?? 0
    return summaryOf(world, listing, { pool, pending, search })
  })
  const nextToken = tokenFor(world, { search, offset: end, createdAt: call.now })
  return {
    payload: {
      granularity: { granularityType: 'Marketplace', granularityId: search.marketplaceId },
      inventorySummaries: page,
    },
    ...(found.length > end ? { pagination: { nextToken } } : {}),
  }
}

/** The SKU's pool for the marketplace when the search wants it. */
function poolFor(world: World, listing: Listing, search: Search): FbaPool | undefined {
  if (search.skus && !search.skus.includes(listing.sku)) return undefined
  if (!offerIn(listing, search.marketplaceId)) return undefined
  const name = poolOf(search.marketplaceId)
  const pools = poolsOf(world, listing)
  const pool = pools.find((candidate) => candidate.pool === name)
  const [other] = pools
  const found = pool ?? (other && { ...other, ...nothing, pool: name })
  return found && changedAt(listing, found) >= (search.since ?? 0) ? found : undefined
}

const nothing = {
  fulfillable: 0,
  inboundWorking: 0,
  inboundShipped: 0,
  inboundReceiving: 0,
  pendingTransshipment: 0,
  fcProcessing: 0,
  researching: 0,
  unfulfillable: 0,
}

function changedAt(listing: Listing, pool: FbaPool): number {
  return Math.max(pool.changedAt, listing.live.at)
}

/** `startDateTime` goes before `sellerSkus`, that before `sellerSku`; what comes after is ignored. */
function readSearch(world: World, seller: Seller, { query, now }: { query: Query; now: number }): Search {
  if (query.find('granularityType') !== 'Marketplace') throw invalidInput("'granularityType' must be Marketplace.")
  const marketplaceIds = query.list('marketplaceIds') ?? []
  const [marketplaceId] = marketplaceIds
  if (marketplaceId === undefined || marketplaceIds.length > 1)
    throw invalidInput("'marketplaceIds' must be one marketplace id.")
  if (query.find('granularityId') !== marketplaceId) throw invalidInput("'granularityId' must be the marketplace id.")
  checkMarketplaces(seller, marketplaceIds, invalidInput)
  const since = readSince(query.find('startDateTime'), now)
  const listed = query.list('sellerSkus')
  if (listed && listed.length > 50) throw invalidInput("'sellerSkus' takes at most 50 SKUs.")
  const single = query.find('sellerSku')
  const skus = since === null ? (listed ?? (single === undefined ? null : [single])) : null
  const search = { marketplaceId, details: query.find('details') === 'true', skus, since }
  return { ...search, offset: readToken(world, { token: query.find('nextToken'), search, now }) }
}

function readSince(text: string | undefined, now: number): number | null {
  if (text === undefined) return null
  const since = parseIso(text)
  if (since === undefined) throw invalidInput(`Value '${text}' of 'startDateTime' is not an ISO 8601 date-time.`)
  if (since < now - longestBackMs) throw invalidInput("'startDateTime' must not be older than 18 months.")
  return since
}

interface PageToken {
  asked: string
  offset: number
  createdAt: number
}

/** A token names the search it belongs to and dies after 30 seconds. */
function tokenFor(world: World, of: { search: Search; offset: number; createdAt: number }): string {
  const { offset: _offset, ...asked } = of.search
  const token: PageToken = { asked: JSON.stringify(asked), offset: of.offset, createdAt: of.createdAt }
  const content = JSON.stringify(token)
  return Buffer.from(`${world.ids.signature(content)}${content}`).toString('base64')
}

function readToken(
  world: World,
  of: { token: string | undefined; search: Omit<Search, 'offset'>; now: number },
): number {
  if (of.token === undefined) return 0
  const text = Buffer.from(of.token, 'base64').toString()
  if (world.ids.signature(text.slice(32)) !== text.slice(0, 32))
    throw invalidInput(`'nextToken' is not valid: '${quoted(of.token)}'.`)
  const { asked, offset, createdAt } = readOwnJson<PageToken>(text.slice(32))
  if (of.now > createdAt + tokenLifeMs) throw invalidInput("'nextToken' has expired: it lives for 30 seconds.")
  if (asked !== JSON.stringify(of.search)) throw invalidInput("'nextToken' belongs to other parameters.")
  return offset
}

function summaryOf(
  world: World,
  listing: Listing,
  what: { pool: FbaPool; pending: number; search: Search },
): Record<string, unknown> {
  const { pool, pending, search } = what
  const offer = offerIn(listing, search.marketplaceId)
  const reserved = pending + pool.pendingTransshipment + pool.fcProcessing
  const inbound = pool.inboundWorking + pool.inboundShipped + pool.inboundReceiving
  return {
    asin: offer?.asin ?? '',
    fnSku: fnskuOf(world, listing),
    sellerSku: listing.sku,
    condition: 'NewItem',
    ...(search.details ? { inventoryDetails: detailsOf(pool, { pending, reserved }) } : {}),
    lastUpdatedTime: isoSeconds(changedAt(listing, pool)),
    productName: offer?.title ?? '',
    totalQuantity: pool.fulfillable + inbound + reserved + pool.researching + pool.unfulfillable,
    stores: [],
  }
}

function detailsOf(pool: FbaPool, of: { pending: number; reserved: number }): Record<string, unknown> {
  return {
    fulfillableQuantity: pool.fulfillable,
    inboundWorkingQuantity: pool.inboundWorking,
    inboundShippedQuantity: pool.inboundShipped,
    inboundReceivingQuantity: pool.inboundReceiving,
    reservedQuantity: {
      totalReservedQuantity: of.reserved,
      pendingCustomerOrderQuantity: of.pending,
      pendingTransshipmentQuantity: pool.pendingTransshipment,
      fcProcessingQuantity: pool.fcProcessing,
    },
    researchingQuantity: { totalResearchingQuantity: pool.researching, researchingQuantityBreakdown: [] },
    unfulfillableQuantity: {
      totalUnfulfillableQuantity: pool.unfulfillable,
      customerDamagedQuantity: 0,
      warehouseDamagedQuantity: pool.unfulfillable,
      distributorDamagedQuantity: 0,
      carrierDamagedQuantity: 0,
      defectiveQuantity: 0,
      expiredQuantity: 0,
    },
  }
}
