import type { Migration } from 'kysely/migration'

import { up as fbaStock } from './20261128T0640-fba-stock.ts'

/** Migrations of the stock that Amazon keeps, by name. */
export const fbaMigrations: Record<string, Migration> = { '20261128T0640-fba-stock': { up: fbaStock } }
