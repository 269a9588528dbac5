import type { Migration } from 'kysely/migration'

import { up as pipeline } from './20261121T1030-pipeline.ts'
import { up as awaitedSales } from './20261127T2300-awaited-sales.ts'
import { up as recomputeMarks } from './20261128T1105-recompute-marks.ts'

/** Migrations of the pipeline, by name. */
export const pipelineMigrations: Record<string, Migration> = {
  '20261121T1030-pipeline': { up: pipeline },
  '20261127T2300-awaited-sales': { up: awaitedSales },
  '20261128T1105-recompute-marks': { up: recomputeMarks },
}
