/** Feeds of one lane of a seller are processed one after the other; lanes run independently of one another. */
export type FeedLane = 'listings' | 'orders' | 'invoices' | 'fulfillment'

/** A feed type with the roles of which one is needed. Dead types are accepted and end FATAL. */
export interface FeedType {
  name: string
  lane: FeedLane
  roles: readonly string[]
  isDead: boolean
}

/** The one type whose content the simulator acts on. */
export const listingsFeedType = 'JSON_LISTINGS_FEED'

const orders = ['Inventory and Order Tracking', 'Direct to Consumer Shipping']
const listings = ['Product Listing', 'Inventory and Order Tracking']

/** Every feed type the simulator knows. Source: "Feed type values", "Role mappings for types". */
export const feedTypes: readonly FeedType[] = [
  ...typesOf('listings', listings, [listingsFeedType]),
  ...typesOf('orders', orders, [
    'POST_ORDER_FULFILLMENT_DATA',
    'POST_FLAT_FILE_FULFILLMENT_DATA',
    'POST_ORDER_ACKNOWLEDGEMENT_DATA',
    'POST_FLAT_FILE_ORDER_ACKNOWLEDGEMENT_DATA',
    'POST_PAYMENT_ADJUSTMENT_DATA',
    'POST_FLAT_FILE_PAYMENT_ADJUSTMENT_DATA',
  ]),
  ...typesOf('invoices', ['Tax Invoicing'], ['UPLOAD_VAT_INVOICE']),
  ...typesOf(
    'fulfillment',
    ['Amazon Fulfillment'],
    ['POST_FULFILLMENT_ORDER_REQUEST_DATA', 'POST_FULFILLMENT_ORDER_CANCELLATION_REQUEST_DATA'],
  ),
  // Removed by Amazon on 2025-07-31.
  ...typesOf('listings', listings, [
    'POST_INVENTORY_AVAILABILITY_DATA',
    'POST_PRODUCT_DATA',
    'POST_PRODUCT_PRICING_DATA',
    'POST_PRODUCT_IMAGE_DATA',
    'POST_PRODUCT_RELATIONSHIP_DATA',
    'POST_PRODUCT_OVERRIDES_DATA',
    'POST_FLAT_FILE_INVLOADER_DATA',
    'POST_FLAT_FILE_LISTINGS_DATA',
    'POST_FLAT_FILE_PRICEANDQUANTITYONLY_UPDATE_DATA',
    'POST_FLAT_FILE_BOOKLOADER_DATA',
    'POST_FLAT_FILE_CONVERGENCE_LISTINGS_DATA',
    'POST_UIEE_BOOKLOADER_DATA',
  ]).map((type) => ({ ...type, isDead: true })),
]

/** Roles that open at least one feed type. */
export const feedRoles: readonly string[] = [...new Set(feedTypes.flatMap(({ roles }) => roles))]

/** The type with this name. */
export function findFeedType(name: unknown): FeedType | undefined {
  return feedTypes.find((type) => type.name === name)
}

function typesOf(lane: FeedLane, roles: readonly string[], names: readonly string[]): FeedType[] {
  return names.map((name) => ({ name, lane, roles, isDead: false }))
}
