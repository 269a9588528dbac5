import type { IdSource } from './ids.ts'
import { findMarketplace } from './marketplaces.ts'
import type { Buyer } from './records.ts'

const firstNames = ['Avery', 'Blair', 'Casey', 'Devon', 'Ellis', 'Finley', 'Gray', 'Harper', 'Indigo', 'Jules']
const lastNames = [
  'Ashdown',
  'Birchley',
  'Coldwell',
  'Drayfield',
  'Elmsworth',
  'Fenwick-Oak',
  'Garrowby',
  'Holloway-Pine',
]
const towns: Record<string, [city: string, postalCode: string]> = {
  GB: ['Sampleton', 'ZZ9 9ZZ'],
  DE: ['Musterstadt', '00000'],
  FR: ['Exempleville', '00000'],
  US: ['Exampleburg', '00000'],
}

/** An invented buyer in the marketplace's country. */
export function inventBuyer(ids: IdSource, marketplaceId: string): Buyer {
  const dice = Number(ids.digits('buyer', 9))
  const country = findMarketplace(marketplaceId)?.countryCode ?? 'GB'
  const [city, postalCode] = towns[country] ?? ['Sampleton', '00000']
  const host = findMarketplace(marketplaceId)?.domain.replace('www.', 'marketplace.') ?? 'marketplace.amazon.com'
  return {
    name: `${firstNames[dice % firstNames.length]} ${lastNames[Math.floor(dice / 10) % lastNames.length]}`,
    email: `sim${dice}@${host}.invalid`,
    phone: `+00 0000 ${String(dice % 1_000_000).padStart(6, '0')}`,
    addressLine1: `${1 + (dice % 200)} Simulated Street`,
    city,
    postalCode,
    countryCode: country,
  }
}
