import type { Migration } from 'kysely/migration'
import { up as sharedBuckets } from './20261127T2310-shared-buckets.ts'
import { up as sweeps } from './20261127T2330-sweeps.ts'
import { up as turnAskers } from './20261128T0950-turn-askers.ts'

/** Migrations of the shared buckets and of the sweeps, by name. */
export const bucketMigrations: Record<string, Migration> = {
  '20261127T2310-shared-buckets': { up: sharedBuckets },
  '20261127T2330-sweeps': { up: sweeps },
  '20261128T0950-turn-askers': { up: turnAskers },
}
