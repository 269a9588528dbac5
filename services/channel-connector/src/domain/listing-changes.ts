import type { ListingChange } from '@lockstep/sp-api/listing-patches'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'

import type { BulkChange } from './bulk-change.ts'

// SP-API, "issueLocale" and language tags of the listings schema. Where a marketplace has several languages, the first one it offers.
const languageTags: Readonly<Record<string, string>> = {
  US: 'en_US',
  CA: 'en_CA',
  MX: 'es_MX',
  BR: 'pt_BR',
  UK: 'en_GB',
  IE: 'en_IE',
  DE: 'de_DE',
  FR: 'fr_FR',
  IT: 'it_IT',
  ES: 'es_ES',
  NL: 'nl_NL',
  BE: 'fr_BE',
  SE: 'sv_SE',
  PL: 'pl_PL',
  TR: 'tr_TR',
  AE: 'en_AE',
  SA: 'en_AE',
  EG: 'en_AE',
  ZA: 'en_ZA',
  IN: 'en_IN',
  JP: 'ja_JP',
  AU: 'en_AU',
  SG: 'en_SG',
}

/** What of a job's line is told to Amazon, in the words of a patch. */
export function listingChanges(change: BulkChange, marketplaceId: string): ListingChange[] {
  const marketplace = findMarketplace(marketplaceId)
  const languageTag = languageTags[marketplace?.code ?? ''] ?? 'en_US'
  const text = (kind: 'title' | 'description', value: string | undefined): ListingChange[] =>
    value === undefined ? [] : [{ kind, marketplaceId, languageTag, text: value }]
  const { price } = change
  return [
    ...text('title', change.title),
    ...text('description', change.description),
    ...(price
      ? [
          {
            kind: 'price' as const,
            marketplaceId,
            price: { amount: decimal(price.minor, marketplace?.currencyDigits ?? 2), currency: price.currency },
          },
        ]
      : []),
  ]
}

/** Minor units as a plain decimal number, without a rounding on the way. */
export function decimal(minor: number, digits: number): string {
  if (digits === 0) return String(minor)
  const text = String(minor).padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}
