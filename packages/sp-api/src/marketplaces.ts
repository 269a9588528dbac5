/** One endpoint of Amazon serves one region. */
export type Region = 'NA' | 'EU' | 'FE'

/** A country's Amazon, as the Selling Partner API knows it. */
export interface Marketplace {
  /** Amazon's id. */
  readonly id: string
  /** The code people use: UK, not GB. */
  readonly code: string
  readonly region: Region
  /** ISO 4217. */
  readonly currency: string
  /** Digits of the currency's minor unit. */
  readonly currencyDigits: number
  /** IANA zone of the marketplace, for showing times. */
  readonly timeZone: string
  /** Host of its Seller Central; undefined where none could be verified. */
  readonly sellerCentral: string | undefined
}

const europe = 'sellercentral-europe.amazon.com'

type Row = readonly [code: string, id: string, currency: string, timeZone: string, sellerCentral: string | undefined]

// Ids and hosts: SP-API documentation, "Marketplace IDs" and the developer guide.
const rows: Readonly<Record<Region, readonly Row[]>> = {
  NA: [
    ['US', 'ATVPDKIKX0DER', 'USD', 'America/Los_Angeles', 'sellercentral.amazon.com'],
    ['CA', 'A2EUQ1WTGCTBG2', 'CAD', 'America/Toronto', 'sellercentral.amazon.ca'],
    ['MX', 'A1AM78C64UM0Y8', 'MXN', 'America/Mexico_City', 'sellercentral.amazon.com.mx'],
    ['BR', 'A2Q3Y263D00KWC', 'BRL', 'America/Sao_Paulo', 'sellercentral.amazon.com.br'],
  ],
  EU: [
    ['UK', 'A1F83G8C2ARO7P', 'GBP', 'Europe/London', europe],
    ['DE', 'A1PA6795UKMFR9', 'EUR', 'Europe/Berlin', europe],
    ['FR', 'A13V1IB3VIYZZH', 'EUR', 'Europe/Paris', europe],
    ['IT', 'APJ6JRA9NG5V4', 'EUR', 'Europe/Rome', europe],
    ['ES', 'A1RKKUPIHCS9HS', 'EUR', 'Europe/Madrid', europe],
    ['NL', 'A1805IZSGTT6HS', 'EUR', 'Europe/Amsterdam', 'sellercentral.amazon.nl'],
    ['BE', 'AMEN7PMS3EDWL', 'EUR', 'Europe/Brussels', 'sellercentral.amazon.com.be'],
    ['IE', 'A28R8C7NBKEWEA', 'EUR', 'Europe/Dublin', undefined],
    ['SE', 'A2NODRKZP88ZB9', 'SEK', 'Europe/Stockholm', 'sellercentral.amazon.se'],
    ['PL', 'A1C3SOZRARQ6R3', 'PLN', 'Europe/Warsaw', 'sellercentral.amazon.pl'],
    ['TR', 'A33AVAJ2PDY3EV', 'TRY', 'Europe/Istanbul', 'sellercentral.amazon.com.tr'],
    ['AE', 'A2VIGQ35RCS4UG', 'AED', 'Asia/Dubai', 'sellercentral.amazon.ae'],
    ['SA', 'A17E79C6D8DWNP', 'SAR', 'Asia/Riyadh', undefined],
    ['EG', 'ARBP9OOSHTCHU', 'EGP', 'Africa/Cairo', undefined],
    ['ZA', 'AE08WJ6YKNBMC', 'ZAR', 'Africa/Johannesburg', undefined],
    ['IN', 'A21TJRUUN4KGV', 'INR', 'Asia/Kolkata', 'sellercentral.amazon.in'],
  ],
  FE: [
    ['JP', 'A1VC38T7YXB528', 'JPY', 'Asia/Tokyo', 'sellercentral.amazon.co.jp'],
    ['AU', 'A39IBJ37TRP1C6', 'AUD', 'Australia/Sydney', 'sellercentral.amazon.com.au'],
    ['SG', 'A19VAU5U5O7RUS', 'SGD', 'Asia/Singapore', 'sellercentral.amazon.sg'],
  ],
}

const inRegion = (region: Region): Marketplace[] =>
  rows[region].map(([code, id, currency, timeZone, sellerCentral]) => ({
    id,
    code,
    region,
    currency,
    currencyDigits: currency === 'JPY' ? 0 : 2,
    timeZone,
    sellerCentral,
  }))

/** Every marketplace we know, by region. Amazon may show orders of others: never refuse an unknown id. */
export const marketplaces: readonly Marketplace[] = [...inRegion('NA'), ...inRegion('EU'), ...inRegion('FE')]

/** The marketplace with this id or country code (in any case; GB is UK), or undefined. */
export function findMarketplace(idOrCode: string): Marketplace | undefined {
  const wanted = idOrCode.toUpperCase() === 'GB' ? 'UK' : idOrCode.toUpperCase()
  return marketplaces.find(({ id, code }) => id === wanted || code === wanted)
}

// SP-API documentation, "SP-API Endpoints".
const endpoints: Readonly<Record<Region, string>> = {
  NA: 'https://sellingpartnerapi-na.amazon.com',
  EU: 'https://sellingpartnerapi-eu.amazon.com',
  FE: 'https://sellingpartnerapi-fe.amazon.com',
}

/** The origin that serves a region. */
export const endpointOf = (region: Region): string => endpoints[region]

/** Where refresh tokens are exchanged, for every region. Source: Login with Amazon, SP-API developer guide. */
export const lwaEndpoint = 'https://api.amazon.com/auth/o2/token'
