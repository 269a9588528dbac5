import { platformMigrations } from '@lockstep/postgres/migrate'

import * as despatch from './20261121T1000-despatch.ts'

/** Every migration of this service's database, by name. */
export const migrations = { ...platformMigrations, '20261121T1000-despatch': despatch }
