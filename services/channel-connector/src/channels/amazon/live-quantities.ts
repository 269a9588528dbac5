import { z } from 'zod'

import type { DescribedCall } from './quantity-patch.ts'

/** What Amazon holds of one SKU. */
export interface LiveListing {
  channelSku: string
  /** Undefined where Amazon says none, as for a listing that never had a quantity. */
  quantity: number | undefined
  leadTimeDays: number | null
  /** Fulfilment channel codes; DEFAULT is the seller's own. */
  channels: string[]
  productType: string | undefined
}

/** Whose SKUs are read. */
export interface LiveSearch {
  sellerId: string
  /** At most 20. */
  channelSkus: readonly string[]
  marketplaceIds: readonly string[]
  /** Lead times stand only among the submitted attributes, which are long. */
  withLeadTime: boolean
}

/** The most SKUs that one search may name. Source: Listings Items 2021-08-01, searchListingsItems. */
export const mostSkusPerSearch = 20

const datasets = ['summaries', 'fulfillmentAvailability', 'productTypes']

/**
 * Reads SKUs of one seller: by search, or by itself when a SKU holds a comma, which would take a list of SKUs apart.
 * Source: Listings Items 2021-08-01, searchListingsItems and getListingsItem.
 */
export function readLiveCalls(search: LiveSearch): DescribedCall[] {
  const common: [string, string][] = [
    ['marketplaceIds', search.marketplaceIds.join(',')],
    ['includedData', [...datasets, ...(search.withLeadTime ? ['attributes'] : [])].join(',')],
  ]
  const { sellerId } = search
  const alone = search.channelSkus.filter((sku) => sku.includes(','))
  const together = search.channelSkus.filter((sku) => !sku.includes(','))
  const single = alone.map((sku) => ({
    operation: 'getListingsItem',
    path: { sellerId, sku },
    query: common,
    body: new Uint8Array(),
  }))
  if (together.length === 0) return single
  const query: [string, string][] = [
    ['identifiers', together.join(',')],
    ['identifiersType', 'SKU'],
    ['pageSize', String(mostSkusPerSearch)],
    ...common,
  ]
  return [{ operation: 'searchListingsItems', path: { sellerId }, query, body: new Uint8Array() }, ...single]
}

const Availability = z.object({ fulfillmentChannelCode: z.string(), quantity: z.number().int().nullish() })
const SubmittedAvailability = z.object({ lead_time_to_ship_max_days: z.number().int().nullish() })
const Item = z.object({
  sku: z.string(),
  fulfillmentAvailability: z.array(Availability).nullish(),
  productTypes: z.array(z.object({ productType: z.string() })).nullish(),
  attributes: z.object({ fulfillment_availability: z.array(SubmittedAvailability).nullish() }).nullish(),
})
const Found = z.union([z.object({ items: z.array(Item) }), Item])

/** The listings in an answer of either call; undefined for an answer that is neither. */
export function readLiveListings(body: Uint8Array): LiveListing[] | undefined {
  const read = Found.safeParse(jsonOf(body))
  if (!read.success) return undefined
  return ('items' in read.data ? read.data.items : [read.data]).map(liveListing)
}

function liveListing(item: z.infer<typeof Item>): LiveListing {
  const availability = item.fulfillmentAvailability ?? []
  const own = availability.find((entry) => entry.fulfillmentChannelCode === 'DEFAULT') ?? availability[0]
  const leadTimes = (item.attributes?.fulfillment_availability ?? []).map((entry) => entry.lead_time_to_ship_max_days)
  return {
    channelSku: item.sku,
    quantity: own?.quantity ?? undefined,
    leadTimeDays: leadTimes.find((days) => days != null) ?? null,
    channels: availability.map((entry) => entry.fulfillmentChannelCode),
    productType: item.productTypes?.[0]?.productType,
  }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}
