import { platformMigrations } from '@lockstep/postgres/migrate'
import type { Migration } from 'kysely/migration'
import * as itemsAndLocations from './20261121T1000-items-and-locations.ts'
import * as stock from './20261121T1010-stock.ts'
import * as reservations from './20261121T1020-reservations.ts'
import * as orderBooks from './20261121T1030-order-books.ts'
import * as kits from './20261128T0350-kits.ts'
import * as itemDetails from './20261128T0352-item-details.ts'
import * as channelPrices from './20261128T0354-channel-prices.ts'
import * as holds from './20261128T0410-holds.ts'
import * as incidents from './20261128T0600-incidents.ts'
import * as transfersAndPlaces from './20261128T0602-transfers-and-places.ts'
import * as locationUses from './20261128T0604-location-uses.ts'
import * as heldAfter from './20261128T0812-held-after.ts'
import * as accountCurrency from './20261128T0935-account-currency.ts'

/** Everything inventory's database must hold, in the order of the names. */
export const inventoryMigrations: Record<string, Migration> = {
  ...platformMigrations,
  '20261121T1000-items-and-locations': itemsAndLocations,
  '20261121T1010-stock': stock,
  '20261121T1020-reservations': reservations,
  '20261121T1030-order-books': orderBooks,
  '20261128T0350-kits': kits,
  '20261128T0352-item-details': itemDetails,
  '20261128T0354-channel-prices': channelPrices,
  '20261128T0410-holds': holds,
  '20261128T0600-incidents': incidents,
  '20261128T0602-transfers-and-places': transfersAndPlaces,
  '20261128T0604-location-uses': locationUses,
  '20261128T0812-held-after': heldAfter,
  '20261128T0935-account-currency': accountCurrency,
}
