import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'
import { type ListingChange, patchOf } from './listing-patches.ts'

// Source of every shape here: SP-API, Listings Items 2021-08-01.

/** The most SKUs that one search may name. */
export const MAX_SKUS_PER_SEARCH = 20

/** Whose SKUs are read, and in which marketplaces they are looked for. */
export interface ListingsSearch {
  readonly sellerId: string
  /** At most 20 per call; more are spread over several. */
  readonly skus: readonly string[]
  readonly marketplaceIds: readonly string[]
  /** Lead times stand only among the submitted attributes, which are long. */
  readonly withLeadTime: boolean
}

/** What Amazon holds of one SKU. */
export interface LiveListing {
  readonly sku: string
  /** Of the merchant's own channel where there is one. Null where Amazon says none, as for a listing that never had a quantity. */
  readonly quantity: number | null
  readonly leadTimeDays: number | null
  /** Fulfilment channel codes; DEFAULT is the seller's own. */
  readonly channels: readonly string[]
  /** What a patch must name; the same in every marketplace as far as anybody has seen. */
  readonly productType: string | null
}

/** A quantity on its way to one SKU. */
export interface QuantityPatch {
  readonly sellerId: string
  readonly sku: string
  /** The marketplace that the request names; the quantity holds for all of them. */
  readonly marketplaceId: string
  readonly productType: string
  readonly quantity: number
  readonly leadTimeDays: number | null
  /** `merge` leaves what is not named as it is; `replace` clears lead time and restock date. */
  readonly op: 'merge' | 'replace'
}

/** Changes on their way to one SKU. */
export interface ListingPatch {
  readonly sellerId: string
  readonly sku: string
  /** The marketplace that the request names; prices and texts must be of the same one. */
  readonly marketplaceId: string
  readonly productType: string
  /** At least one. */
  readonly changes: readonly ListingChange[]
}

/** What Amazon made of a write that it answered with 200. ACCEPTED means queued, not in effect; INVALID means refused. */
export type Submission =
  | { readonly kind: 'accepted'; readonly submissionId: string | null }
  | { readonly kind: 'invalid'; readonly issue: string }

const datasets = ['summaries', 'fulfillmentAvailability', 'productTypes']

/**
 * Reads SKUs of one seller in as few calls as it takes: 20 by search, and one by itself when it holds a comma, which would take a
 * list of SKUs apart.
 */
export function readListingsCalls(search: ListingsSearch): DescribedCall[] {
  const { sellerId, marketplaceIds, withLeadTime } = search
  const common = { marketplaceIds, includedData: withLeadTime ? [...datasets, 'attributes'] : datasets }
  const single = search.skus.filter((sku) => sku.includes(','))
  const together = search.skus.filter((sku) => !sku.includes(','))
  const calls = single.map((sku) => describeCall('getListingsItem', { path: { sellerId, sku }, query: common }))
  for (let from = 0; from < together.length; from += MAX_SKUS_PER_SEARCH) {
    const identifiers = together.slice(from, from + MAX_SKUS_PER_SEARCH)
    const pageSize = String(MAX_SKUS_PER_SEARCH)
    const query = { identifiers, identifiersType: 'SKU', pageSize, ...common }
    calls.push(describeCall('searchListingsItems', { path: { sellerId }, query }))
  }
  return calls
}

const AvailabilityShape = z.object({ fulfillmentChannelCode: z.string(), quantity: z.number().int().nullish() })
const SubmittedShape = z.object({ lead_time_to_ship_max_days: z.number().int().nullish() })
const ItemShape = z.object({
  sku: z.string(),
  fulfillmentAvailability: z.array(AvailabilityShape).nullish(),
  productTypes: z.array(z.object({ productType: z.string() })).nullish(),
  attributes: z.object({ fulfillment_availability: z.array(SubmittedShape).nullish() }).nullish(),
})
const FoundShape = z.union([z.object({ items: z.array(ItemShape) }), ItemShape])

/** The listings in an answer of either call; undefined for an answer that is neither. A SKU that is not among them is unknown to Amazon. */
export function readListings(body: Uint8Array): LiveListing[] | undefined {
  const read = FoundShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  return ('items' in read.data ? read.data.items : [read.data]).map(listingFrom)
}

function listingFrom(item: z.output<typeof ItemShape>): LiveListing {
  const availability = item.fulfillmentAvailability ?? []
  const own = availability.find((entry) => entry.fulfillmentChannelCode === 'DEFAULT') ?? availability[0]
  const leadTimes = (item.attributes?.fulfillment_availability ?? []).map((entry) => entry.lead_time_to_ship_max_days)
  return {
    sku: item.sku,
    quantity: own?.quantity ?? null,
    leadTimeDays: leadTimes.find((days) => typeof days === 'number') ?? null,
    channels: availability.map((entry) => entry.fulfillmentChannelCode),
    productType: item.productTypes?.[0]?.productType ?? null,
  }
}

/** Writes a quantity, and a lead time with it where there is one. Repeatable: the value is absolute. */
export function patchQuantityCall(patch: QuantityPatch): DescribedCall {
  const { sellerId, sku, marketplaceId, productType, quantity, leadTimeDays, op } = patch
  const changes = [{ kind: 'quantity', quantity, leadTimeDays, op } as const]
  return patchListingCall({ sellerId, sku, marketplaceId, productType, changes })
}

/** Writes what is to change about one listing: quantity, price, title, description. Repeatable: every value is absolute. */
export function patchListingCall(patch: ListingPatch): DescribedCall {
  const { sellerId, sku, marketplaceId, productType, changes } = patch
  return describeCall('patchListingsItem', {
    path: { sellerId, sku },
    query: { marketplaceIds: marketplaceId, includedData: 'issues' },
    json: { productType, patches: changes.map(patchOf) },
  })
}

const IssueShape = z.object({ code: z.string(), message: z.string().nullish(), severity: z.string().nullish() })
const SubmissionShape = z.object({
  status: z.string(),
  submissionId: z.string().nullish(),
  issues: z.array(IssueShape).nullish(),
})

/** What a 200 to a write says; undefined when it says neither that the write was taken nor that it was refused. */
export function readSubmission(body: Uint8Array): Submission | undefined {
  const read = SubmissionShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const { status, submissionId, issues } = read.data
  if (status === 'ACCEPTED') return { kind: 'accepted', submissionId: submissionId ?? null }
  return status === 'INVALID' ? { kind: 'invalid', issue: wordsOf(issues ?? []) } : undefined
}

function wordsOf(issues: z.output<typeof IssueShape>[]): string {
  const errors = issues.filter((issue) => issue.severity === 'ERROR')
  const words = (errors.length > 0 ? errors : issues).map(({ code, message }) =>
    message ? `${code}: ${message}` : code,
  )
  return words.join('; ').slice(0, 1_000) || 'Amazon names no issue'
}
