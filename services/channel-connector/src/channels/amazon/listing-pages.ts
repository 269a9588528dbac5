import { type DescribedCall, describeCall, jsonOf } from '@lockstep/sp-api/call'
import { z } from 'zod'

/** Which page of a seller's listings in one marketplace. */
export interface ListingPageWanted {
  sellerId: string
  marketplaceId: string
  /** Undefined for the first page. */
  token: string | undefined
}

/** A listing as the Listings API shows it in one marketplace. */
export interface ShownListing {
  sku: string
  asin: string
  title: string
  /** BUYABLE, DISCOVERABLE. */
  status: readonly string[]
  /** Fulfilment channel codes with what Amazon holds; DEFAULT is the seller's own. */
  availability: readonly { channel: string; quantity: number | null }[]
  /** Decimal amount in the marketplace's currency; empty when there is no offer. */
  price: string
}

/** A page and where the next one begins. */
export interface ListingPage {
  listings: ShownListing[]
  nextToken: string | undefined
}

/** Pages through at most 1,000 listings, 20 at a time. Source: SP-API, Listings Items 2021-08-01, searchListingsItems. */
export function listingPageCall({ sellerId, marketplaceId, token }: ListingPageWanted): DescribedCall {
  return describeCall('searchListingsItems', {
    path: { sellerId },
    query: {
      marketplaceIds: marketplaceId,
      includedData: ['summaries', 'offers', 'fulfillmentAvailability'],
      pageSize: '20',
      pageToken: token,
    },
  })
}

const Page = z.object({
  items: z.array(
    z.object({
      sku: z.string(),
      summaries: z
        .array(
          z.object({
            marketplaceId: z.string(),
            asin: z.string().nullish(),
            itemName: z.string().nullish(),
            status: z.array(z.string()).nullish(),
          }),
        )
        .nullish(),
      offers: z
        .array(z.object({ marketplaceId: z.string(), price: z.object({ amount: z.string() }).nullish() }))
        .nullish(),
      fulfillmentAvailability: z
        .array(z.object({ fulfillmentChannelCode: z.string(), quantity: z.number().int().nullish() }))
        .nullish(),
    }),
  ),
  pagination: z.object({ nextToken: z.string().nullish() }).nullish(),
})

/** Reads a page as one marketplace shows it; undefined when it is not of Amazon's shape. */
export function readListingPage(body: Uint8Array, marketplaceId: string): ListingPage | undefined {
  const read = Page.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const listings = read.data.items.map((item): ShownListing => {
    const summary = item.summaries?.find((one) => one.marketplaceId === marketplaceId)
    const offer = item.offers?.find((one) => one.marketplaceId === marketplaceId)
    return {
      sku: item.sku,
      asin: summary?.asin ?? '',
      title: summary?.itemName ?? '',
      status: summary?.status ?? [],
      availability: (item.fulfillmentAvailability ?? []).map(({ fulfillmentChannelCode: channel, quantity }) => ({
        channel,
        quantity: quantity ?? null,
      })),
      price: offer?.price?.amount ?? '',
    }
  })
  return { listings, nextToken: read.data.pagination?.nextToken ?? undefined }
}
