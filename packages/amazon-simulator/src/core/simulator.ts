import type { TellTime } from './clock.ts'
import { changeOrder, postOrder, type OrderAction, type OrderDetail, type PlacedOrder } from './control/orders.ts'
import { listingRow, putListing, type ListingRow } from './control/listings.ts'
import { findSeller, putSeller, type SellerView } from './control/sellers.ts'
import { changeSettings } from './control/settings.ts'
import { advanceFeeds } from './feeds/feed-queue.ts'
import { handleRequest } from './gateway.ts'
import { findListing } from './listings.ts'
import type { ApiRequest, Delivery } from './messages.ts'
import { readPatchDocument } from './patch-document.ts'
import { patchListing, type SubmissionResult } from './patch-listing.ts'
import { Query } from './query.ts'
import type { Order, Seller } from './records.ts'
import { ControlRefusalError } from './refusals.ts'
import { readOrderSearch, searchOrders, type OrderPage } from './search-orders.ts'
import type { ProfileName, Settings } from './settings.ts'
import { isoMillis } from './times.ts'
import { World } from './world.ts'

/** A quantity write as one patch of fulfillment_availability. */
export interface QuantityPatch {
  sellerId: string
  sku: string
  quantity: number
  leadTimeDays?: number
  /** Default `merge`, which leaves what is not named as it is. */
  op?: 'merge' | 'replace'
  /** Default: the seller's first marketplace. */
  marketplaceIds?: string[]
}

/** A search for orders by update time. */
export interface UpdatedOrders {
  sellerId: string
  lastUpdatedAfter: number
  marketplaceIds?: string[]
  paginationToken?: string
}

/**
 * The simulated Amazon in-process: no HTTP, no store, the time from the given clock. The methods named after
 * operations skip tokens, roles and limits; `handle` goes through all of them. A simulated year costs milliseconds.
 */
export class Simulator {
  readonly world: World
  private readonly clock: TellTime

  constructor(options: { seed: string; now: TellTime; profile?: ProfileName; settings?: Partial<Settings> }) {
    this.world = new World(options)
    this.clock = options.now
    if (options.settings) changeSettings(this.world, options.settings)
  }

  /** As `POST /_sim/sellers`. */
  addSeller(
    seller: Pick<Seller, 'sellerId' | 'region' | 'marketplaceIds'> & {
      refreshToken?: string
      roles?: string[]
      clientId?: string
    },
  ): SellerView {
    return putSeller(this.world, seller)
  }

  /** As `PUT /_sim/listings`: an edit in Seller Central, applied at once. */
  putListing(edit: Record<string, unknown> & { sellerId: string; sku: string }): ListingRow {
    return putListing(this.world, edit, this.now())
  }

  /** The listing as it is now. Throws when there is none. */
  listing(sellerId: string, sku: string): ListingRow {
    const listing = findListing(this.world, findSeller(this.world, { sellerId }), { sku, now: this.now() })
    if (!listing)
      throw new ControlRefusalError(404, { code: 'NOT_FOUND', field: 'sku', message: `no listing '${sku}'` })
    return listingRow(listing)
  }

  /** What buyers can order now. Throws when there is no such listing. */
  liveQuantity(sellerId: string, sku: string): number {
    return this.listing(sellerId, sku).live.quantity
  }

  /** patchListingsItem with one write of fulfillment_availability. */
  patchListing(patch: QuantityPatch): SubmissionResult {
    const seller = findSeller(this.world, { sellerId: patch.sellerId })
    const lead = patch.leadTimeDays === undefined ? {} : { lead_time_to_ship_max_days: patch.leadTimeDays }
    const value = [{ fulfillment_channel_code: 'DEFAULT', quantity: patch.quantity, ...lead }]
    const patches = [{ op: patch.op ?? 'merge', path: '/attributes/fulfillment_availability', value }]
    const document = readPatchDocument({ productType: 'PRODUCT', patches })
    const marketplaceIds = patch.marketplaceIds ?? seller.marketplaceIds.slice(0, 1)
    const request = { sku: patch.sku, marketplaceIds, document, preview: false }
    return patchListing(this.world, seller, { request, now: this.now() })
  }

  /** As `POST /_sim/orders`. Throws NOT_ENOUGH when fewer units are live. */
  placeOrder(placement: Record<string, unknown> & { sellerId: string; marketplaceId: string }): PlacedOrder {
    return postOrder(this.world, placement, this.now())
  }

  /** As `POST /_sim/orders/{id}/{action}`. */
  changeOrder(orderId: string, action: OrderAction, body: Record<string, unknown> = {}): OrderDetail {
    return changeOrder(this.world, { orderId, action, body, now: this.now() })
  }

  /** searchOrders by update time, up to Amazon's own bound, which the page carries. */
  searchOrders(search: UpdatedOrders): OrderPage {
    const seller = findSeller(this.world, { sellerId: search.sellerId })
    const params = new URLSearchParams({ lastUpdatedAfter: isoMillis(search.lastUpdatedAfter) })
    if (search.marketplaceIds) params.set('marketplaceIds', search.marketplaceIds.join(','))
    if (search.paginationToken !== undefined) params.set('paginationToken', search.paginationToken)
    const call = { query: new Query(params.toString()), now: this.now() }
    return searchOrders(this.world, seller, { search: readOrderSearch(this.world, seller, call), now: call.now })
  }

  /** An order as Amazon keeps it. Throws when there is none. */
  order(orderId: string): Order {
    const order = this.world.orders.find(orderId)
    if (!order)
      throw new ControlRefusalError(404, { code: 'NOT_FOUND', field: 'orderId', message: `no order '${orderId}'` })
    return order
  }

  /** A whole request with token, role, limits, faults and journal. */
  handle(request: ApiRequest): Delivery {
    return handleRequest(this.world, request, this.now()).delivery
  }

  /** The time, with every feed worked up to it. */
  private now(): number {
    const now = this.clock()
    advanceFeeds(this.world, now)
    return now
  }
}
