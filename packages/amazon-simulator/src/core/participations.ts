import { findMarketplace, marketplaceName } from './marketplaces.ts'
import type { Seller } from './records.ts'

/** The answer body of getMarketplaceParticipations. It does not tell the seller id. Source: Sellers v1. */
export function participationsView(seller: Seller): unknown {
  const payload = seller.marketplaceIds.flatMap((id) => {
    const marketplace = findMarketplace(id)
    if (!marketplace) return []
    return [
      {
        marketplace: {
          id,
          name: marketplaceName(marketplace),
          countryCode: marketplace.countryCode,
          defaultCurrencyCode: marketplace.currency,
          defaultLanguageCode: marketplace.language,
          domainName: marketplace.domain,
        },
        storeName: seller.name,
        participation: { isParticipating: true, hasSuspendedListings: false },
      },
    ]
  })
  return { payload }
}
