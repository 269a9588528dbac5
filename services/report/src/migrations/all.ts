import { platformMigrations } from '@lockstep/postgres/migrate'

import * as report from './20261121T1000-report.ts'

/** Every migration of this service's database, by name. */
export const migrations = { ...platformMigrations, '20261121T1000-report': report }
