import type { Migration } from 'kysely/migration'

import { up as changes } from './20261128T0500-changes.ts'

/** Migrations of changes that are shown first, by name. */
export const changeMigrations: Record<string, Migration> = {
  '20261128T0500-changes': { up: changes },
}
