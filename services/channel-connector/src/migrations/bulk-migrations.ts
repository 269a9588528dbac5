import type { Migration } from 'kysely/migration'

import { up as bulkFeeds } from './20261128T0045-bulk-feeds.ts'
import { up as bulkCalls } from './20261128T0720-bulk-calls.ts'

/** Migrations of bulk jobs and feeds, by name. */
export const bulkMigrations: Record<string, Migration> = {
  '20261128T0045-bulk-feeds': { up: bulkFeeds },
  '20261128T0720-bulk-calls': { up: bulkCalls },
}
