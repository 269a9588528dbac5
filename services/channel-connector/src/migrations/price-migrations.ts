import type { Migration } from 'kysely/migration'

import { up as priceChange } from './20261128T0356-price-change.ts'

/** Migrations of channel prices, by name. */
export const priceMigrations: Record<string, Migration> = {
  '20261128T0356-price-change': { up: priceChange },
}
