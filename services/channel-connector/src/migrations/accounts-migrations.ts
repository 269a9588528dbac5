import type { Migration } from 'kysely/migration'
import { up as accounts } from './20261121T1000-accounts.ts'
import { up as listings } from './20261121T1010-listings.ts'
import { up as buckets } from './20261121T1020-buckets.ts'
import { up as listingLooks } from './20261121T1040-listing-looks.ts'

/** Migrations of accounts, listings and the gateway, by name. */
export const accountsMigrations: Record<string, Migration> = {
  '20261121T1000-accounts': { up: accounts },
  '20261121T1010-listings': { up: listings },
  '20261121T1020-buckets': { up: buckets },
  '20261121T1040-listing-looks': { up: listingLooks },
}
