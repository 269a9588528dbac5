import type { Migration } from 'kysely/migration'
import { up as sharedBuckets } from './20261127T2310-shared-buckets.ts'
import { up as sweeps } from './20261127T2330-sweeps.ts'

/** Migrations of the shared buckets and of the sweeps, by name. */
export const bucketMigrations: Record<string, Migration> = {
  '20261127T2310-shared-buckets': { up: sharedBuckets },
  '20261127T2330-sweeps': { up: sweeps },
}
