import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'

// Source of every shape here: SP-API, FBA Inventory v1.

/** The most SKUs that one call may name. */
export const MAX_SKUS_PER_FBA_READ = 50

/** How long a page's token lives: pages are fetched back to back, or begun again [T-65]. */
export const FBA_PAGE_TOKEN_LIVES_MS = 30_000

/** What to read of one marketplace. Named SKUs and a start time exclude each other: Amazon would ignore the SKUs. */
export interface FbaSearch {
  readonly marketplaceId: string
  /** At most 50; all when absent. */
  readonly skus?: readonly string[]
  /** Only what changed since, at most 18 months back. Changes of what is inbound do not count. Sent again on every page. */
  readonly changedSince?: Date
  readonly nextToken?: string
}

/** What Amazon keeps of one SKU. In a pan-European account each EU marketplace answers the same sum: never add them up. */
export interface FbaLevel {
  readonly sku: string
  readonly fnSku: string | null
  readonly asin: string | null
  readonly condition: string | null
  /** What can be sold now: net of what is reserved. */
  readonly fulfillable: number
  readonly reserved: number
  readonly inbound: number
  readonly unfulfillable: number
  readonly researching: number
  readonly updatedAt: Date | null
}

/** A page of levels. */
export interface FbaPage {
  readonly levels: readonly FbaLevel[]
  readonly nextToken: string | null
}

/** Asks for a page. Throws a RangeError for more SKUs than a call takes. */
export function getInventorySummariesCall(search: FbaSearch): DescribedCall {
  const { marketplaceId, skus = [], changedSince, nextToken } = search
  if (skus.length > MAX_SKUS_PER_FBA_READ) {
    throw new RangeError(`${String(skus.length)} SKUs: one call takes ${String(MAX_SKUS_PER_FBA_READ)}`)
  }
  return describeCall('getInventorySummaries', {
    query: {
      details: 'true',
      granularityType: 'Marketplace',
      granularityId: marketplaceId,
      marketplaceIds: marketplaceId,
      sellerSkus: skus,
      startDateTime: changedSince?.toISOString(),
      nextToken,
    },
  })
}

const units = z.number().int().nullish()
const DetailsShape = z.object({
  fulfillableQuantity: units,
  inboundWorkingQuantity: units,
  inboundShippedQuantity: units,
  inboundReceivingQuantity: units,
  reservedQuantity: z.object({ totalReservedQuantity: units }).nullish(),
  researchingQuantity: z.object({ totalResearchingQuantity: units }).nullish(),
  unfulfillableQuantity: z.object({ totalUnfulfillableQuantity: units }).nullish(),
})
const SummaryShape = z.object({
  sellerSku: z.string().min(1),
  fnSku: z.string().nullish(),
  asin: z.string().nullish(),
  condition: z.string().nullish(),
  inventoryDetails: DetailsShape,
  lastUpdatedTime: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .nullish()
    .catch(null),
})
const PageShape = z.object({
  payload: z.object({ inventorySummaries: z.array(SummaryShape) }),
  pagination: z.object({ nextToken: z.string().nullish() }).nullish(),
})

/** A page of levels, or undefined for a body that is none; a level without its details is no level, and none of its page is used. */
export function readInventorySummaries(body: Uint8Array): FbaPage | undefined {
  const read = PageShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const { payload, pagination } = read.data
  return { levels: payload.inventorySummaries.map(levelFrom), nextToken: pagination?.nextToken || null }
}

function levelFrom(summary: z.output<typeof SummaryShape>): FbaLevel {
  const { inventoryDetails: details } = summary
  const { inboundWorkingQuantity, inboundShippedQuantity, inboundReceivingQuantity } = details
  return {
    sku: summary.sellerSku,
    fnSku: summary.fnSku ?? null,
    asin: summary.asin ?? null,
    condition: summary.condition ?? null,
    fulfillable: details.fulfillableQuantity ?? 0,
    reserved: details.reservedQuantity?.totalReservedQuantity ?? 0,
    inbound: (inboundWorkingQuantity ?? 0) + (inboundShippedQuantity ?? 0) + (inboundReceivingQuantity ?? 0),
    unfulfillable: details.unfulfillableQuantity?.totalUnfulfillableQuantity ?? 0,
    researching: details.researchingQuantity?.totalResearchingQuantity ?? 0,
    updatedAt: summary.lastUpdatedTime ?? null,
  }
}
