import type { Region } from './marketplaces.ts'

/** Money as Amazon writes it: a decimal string and an ISO currency. */
export interface Money {
  amount: string
  currency: string
}

/** A selling partner account: one seller id in one region, with its grants. */
export interface Seller {
  sellerId: string
  region: Region
  name: string
  marketplaceIds: string[]
  refreshTokens: string[]
  roles: string[]
}

/** `DEFAULT` is the seller's own stock; `AMAZON_<region>` is Amazon's. */
export type FulfillmentChannel = 'DEFAULT' | 'AMAZON_NA' | 'AMAZON_EU' | 'AMAZON_FE'

/** What the attribute fulfillment_availability carries. */
export interface Availability {
  quantity: number
  leadTimeDays: number | null
  restockDate: string | null
}

/** The part of a listing that belongs to one marketplace. `attribute` is the copy last submitted there. */
export interface Offer {
  marketplaceId: string
  asin: string
  title: string
  price: Money | null
  closed: boolean
  listingId: string
  createdAt: number
  attribute: Availability | null
  attributes: Record<string, unknown[]>
}

/** Which part of the submitted data an offer takes over when the write lands. */
export interface OfferChange {
  marketplaceId: string
  price?: Money | null
  title?: string
}

/** A submission Amazon accepted and has not applied yet. A field left out of `availability` stays as it is. */
export interface PendingWrite {
  submissionId: string
  appliesAt: number
  behindFeed: string | null
  channel: FulfillmentChannel | null
  availability: Partial<Availability> | null
  offers: OfferChange[]
}

/** One seller SKU in one region. Quantity, lead time, restock date and channel are global; `offers` holds the rest. */
export interface Listing {
  sellerId: string
  region: Region
  sku: string
  productType: string
  fulfillmentChannel: FulfillmentChannel
  submitted: Availability & { at: number; by: 'patch' | 'feed' | 'seller-central' }
  live: Availability & { at: number }
  soldSinceSubmitted: number
  strandedUnits: number
  pendingWrites: PendingWrite[]
  offers: Offer[]
  updatedAt: number
}

/** Amazon's fulfillment statuses of an order (Orders 2026-01-01). */
export const orderStatuses = [
  'PENDING_AVAILABILITY',
  'PENDING',
  'UNSHIPPED',
  'PARTIALLY_SHIPPED',
  'SHIPPED',
  'CANCELLED',
  'UNFULFILLABLE',
] as const
export type OrderStatus = (typeof orderStatuses)[number]
export type FulfilledBy = 'MERCHANT' | 'AMAZON'

export interface OrderLine {
  orderItemId: string
  sku: string
  asin: string
  title: string
  unitPrice: Money
  ordered: number
  cancelled: number
  fulfilled: number
  cancelRequested: boolean
  cancelledBy: 'BUYER' | 'MERCHANT' | 'AMAZON' | null
}

export interface OrderPackage {
  packageReferenceId: string
  carrierCode: string
  carrierName: string | null
  shippingMethod: string | null
  trackingNumber: string
  shipTime: number
  createdAt: number
  status: 'SHIPPED' | 'DELIVERED'
  items: { orderItemId: string; quantity: number }[]
}

export interface Order {
  orderId: string
  sellerId: string
  region: Region
  marketplaceId: string
  fulfilledBy: FulfilledBy
  status: OrderStatus
  programs: string[]
  /** What Amazon calls createdTime; a test may set it back. */
  createdAt: number
  /** When the order reached Amazon. */
  placedAt: number
  updatedAt: number
  shipBy: number
  deliverBy: number
  lines: OrderLine[]
  packages: OrderPackage[]
  buyer: Buyer
  buyerMailsSent: number
}

/** Invented people; nothing here belongs to anyone. */
export interface Buyer {
  name: string
  email: string
  phone: string
  addressLine1: string
  city: string
  postalCode: string
  countryCode: string
}

export type ReportOutcome = 'DONE' | 'FATAL' | 'CANCELLED'

export interface Report {
  reportId: string
  sellerId: string
  region: Region
  reportType: string
  marketplaceIds: string[]
  dataStartTime: string | null
  dataEndTime: string | null
  createdAt: number
  startsAt: number
  endsAt: number
  outcome: ReportOutcome
  documentId: string | null
  finished: boolean
}

/** A finished report's text; it is encoded and compressed when it is downloaded. */
export interface ReportDocument {
  documentId: string
  sellerId: string
  region: Region
  text: string
  charset: 'Cp1252' | 'UTF-8'
  gzip: boolean
  createdAt: number
}

export interface AccessToken {
  token: string
  refreshToken: string
  clientId: string
  /** Whose token it is: a seller account, or the application itself for a grantless one. */
  sellerKey: string
  /** What the seller had granted when the token was issued: a role added later needs a new token. Absent: everything. */
  roles?: string[]
  /** The scopes of a grantless token. */
  scope?: string
  /** The only resources a restricted data token opens. */
  restrictedTo?: { method: string; path: string }[]
  issuedAt: number
  expiresAt: number
}

export interface BucketRow {
  id: string
  level: BucketLevelName
  owner: string
  operation: string
  tokens: number
  at: number
  ok: number
  throttled: number
}
export type BucketLevelName = 'pair' | 'feed_type' | 'application' | 'product_data' | 'relationships' | 'preview'

export const faultActions = [
  'throttle',
  'deny',
  'expire-token',
  'revoke',
  'server-error',
  'html-503',
  'timeout-before',
  'timeout-after',
  'drop',
  'delay',
  'corrupt',
  'report-fatal',
  'report-cancelled',
  'feed-fatal',
  'feed-stuck',
  'feed-skip',
  'write-late',
  'write-lost',
] as const
export type FaultAction = (typeof faultActions)[number]

export interface FaultRow {
  id: string
  match: { operation?: string; sellerId?: string; sku?: string }
  action: FaultAction
  remaining: number | null
  expiresAt: number | null
  delayMs: number
  createdAt: number
  /** Access tokens an `expire-token` fault has refused already. */
  hitTokens: string[]
}

export interface JournalEntry {
  seq: number
  at: string
  sellerId: string | null
  operation: string
  method: string
  path: string
  sku: string | null
  query: Record<string, string>
  body: unknown
  /** 0 when no answer left: what the caller saw was a silence or a cut connection before anything was done. */
  status: number
  errorCode: string | null
  result: string | null
  tokensBefore: number | null
  fault: FaultAction | null
  requestId: string
  ms: number
}
