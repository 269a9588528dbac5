import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'

// Source of every shape here: SP-API, Listings Items 2021-08-01, dataset `attributes`.

/** What was last submitted of one SKU's offer in one marketplace. Null where Amazon shows none. */
export interface SubmittedOffer {
  readonly sku: string
  readonly title: string | null
  readonly description: string | null
  /** As a number, which is how Amazon shows it. */
  readonly price: number | null
}

/** At most 20, none with a comma in it: it would take the list apart. */
export function readOffersCall(search: {
  readonly sellerId: string
  readonly skus: readonly string[]
  readonly marketplaceId: string
}): DescribedCall {
  return describeCall('searchListingsItems', {
    path: { sellerId: search.sellerId },
    query: {
      marketplaceIds: search.marketplaceId,
      identifiers: search.skus,
      identifiersType: 'SKU',
      includedData: 'attributes',
      pageSize: '20',
    },
  })
}

const TextShape = z.object({ marketplace_id: z.string().nullish(), value: z.string() })
const OfferShape = z.object({
  marketplace_id: z.string().nullish(),
  our_price: z.array(z.object({ schedule: z.array(z.object({ value_with_tax: z.number() })) })).nullish(),
})
const FoundShape = z.object({
  items: z.array(
    z.object({
      sku: z.string(),
      attributes: z
        .object({
          item_name: z.array(TextShape).nullish(),
          product_description: z.array(TextShape).nullish(),
          purchasable_offer: z.array(OfferShape).nullish(),
        })
        .nullish(),
    }),
  ),
})

/** What a search found for this marketplace; undefined for a body that is no such reply. */
export function readOffers(body: Uint8Array, marketplaceId: string): SubmittedOffer[] | undefined {
  const read = FoundShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const here = <T extends { marketplace_id?: string | null | undefined }>(entries: T[] | null | undefined) =>
    (entries ?? []).find(({ marketplace_id: id }) => id == null || id === marketplaceId)
  return read.data.items.map(({ sku, attributes }) => ({
    sku,
    title: here(attributes?.item_name)?.value ?? null,
    description: here(attributes?.product_description)?.value ?? null,
    price: here(attributes?.purchasable_offer)?.our_price?.[0]?.schedule[0]?.value_with_tax ?? null,
  }))
}
