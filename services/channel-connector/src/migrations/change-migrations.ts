import type { Migration } from 'kysely/migration'

import { up as changes } from './20261128T0412-changes.ts'

/** Migrations of changes that are shown first, by name. */
export const changeMigrations: Record<string, Migration> = {
  '20261128T0412-changes': { up: changes },
}
