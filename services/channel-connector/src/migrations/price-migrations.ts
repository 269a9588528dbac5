import type { Migration } from 'kysely/migration'

import { up as priceChange } from './20261128T0356-price-change.ts'
import { up as priceSku } from './20261128T0815-price-sku.ts'

/** Migrations of channel prices, by name. */
export const priceMigrations: Record<string, Migration> = {
  '20261128T0356-price-change': { up: priceChange },
  '20261128T0815-price-sku': { up: priceSku },
}
