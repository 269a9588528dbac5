/** Amazon's three Selling Partner API regions. */
export type Region = 'NA' | 'EU' | 'FE'

/** A marketplace as getMarketplaceParticipations describes it. */
export interface Marketplace {
  id: string
  region: Region
  countryCode: string
  currency: string
  language: string
  domain: string
}

type Row = [id: string, region: Region, countryCode: string, currency: string, language: string, domain: string]

const rows: Row[] = [
  ['ATVPDKIKX0DER', 'NA', 'US', 'USD', 'en_US', 'www.amazon.com'],
  ['A2EUQ1WTGCTBG2', 'NA', 'CA', 'CAD', 'en_CA', 'www.amazon.ca'],
  ['A1AM78C64UM0Y8', 'NA', 'MX', 'MXN', 'es_MX', 'www.amazon.com.mx'],
  ['A2Q3Y263D00KWC', 'NA', 'BR', 'BRL', 'pt_BR', 'www.amazon.com.br'],
  ['A1F83G8C2ARO7P', 'EU', 'GB', 'GBP', 'en_GB', 'www.amazon.co.uk'],
  ['A1PA6795UKMFR9', 'EU', 'DE', 'EUR', 'de_DE', 'www.amazon.de'],
  ['A13V1IB3VIYZZH', 'EU', 'FR', 'EUR', 'fr_FR', 'www.amazon.fr'],
  ['APJ6JRA9NG5V4', 'EU', 'IT', 'EUR', 'it_IT', 'www.amazon.it'],
  ['A1RKKUPIHCS9HS', 'EU', 'ES', 'EUR', 'es_ES', 'www.amazon.es'],
  ['A1805IZSGTT6HS', 'EU', 'NL', 'EUR', 'nl_NL', 'www.amazon.nl'],
  ['AMEN7PMS3EDWL', 'EU', 'BE', 'EUR', 'fr_BE', 'www.amazon.com.be'],
  ['A28R8C7NBKEWEA', 'EU', 'IE', 'EUR', 'en_IE', 'www.amazon.ie'],
  ['A2NODRKZP88ZB9', 'EU', 'SE', 'SEK', 'sv_SE', 'www.amazon.se'],
  ['A1C3SOZRARQ6R3', 'EU', 'PL', 'PLN', 'pl_PL', 'www.amazon.pl'],
  ['A33AVAJ2PDY3EV', 'EU', 'TR', 'TRY', 'tr_TR', 'www.amazon.com.tr'],
  ['A2VIGQ35RCS4UG', 'EU', 'AE', 'AED', 'en_AE', 'www.amazon.ae'],
  ['A17E79C6D8DWNP', 'EU', 'SA', 'SAR', 'ar_AE', 'www.amazon.sa'],
  ['ARBP9OOSHTCHU', 'EU', 'EG', 'EGP', 'ar_AE', 'www.amazon.eg'],
  ['AE08WJ6YKNBMC', 'EU', 'ZA', 'ZAR', 'en_ZA', 'www.amazon.co.za'],
  ['A21TJRUUN4KGV', 'EU', 'IN', 'INR', 'en_IN', 'www.amazon.in'],
  ['A1VC38T7YXB528', 'FE', 'JP', 'JPY', 'ja_JP', 'www.amazon.co.jp'],
  ['A39IBJ37TRP1C6', 'FE', 'AU', 'AUD', 'en_AU', 'www.amazon.com.au'],
  ['A19VAU5U5O7RUS', 'FE', 'SG', 'SGD', 'en_SG', 'www.amazon.sg'],
]

const byId = new Map<string, Marketplace>(
  rows.map(([id, region, countryCode, currency, language, domain]) => [
    id,
    { id, region, countryCode, currency, language, domain },
  ]),
)

/** The marketplace with this id, or undefined when Amazon has none. */
export function findMarketplace(id: string): Marketplace | undefined {
  return byId.get(id)
}

/** The name order data shows, such as `Amazon.co.uk`. */
export function marketplaceName(marketplace: Marketplace): string {
  return marketplace.domain.replace('www.a', 'A')
}
