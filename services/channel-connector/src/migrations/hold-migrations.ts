import type { Migration } from 'kysely/migration'

import { up as holds } from './20261128T0412-holds.ts'

/** Migrations of holds and the watch, by name. */
export const holdMigrations: Record<string, Migration> = { '20261128T0412-holds': { up: holds } }
