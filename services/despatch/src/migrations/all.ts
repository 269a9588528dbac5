import { platformMigrations } from '@lockstep/postgres/migrate'

import * as despatch from './20261121T1000-despatch.ts'
import * as released from './20261128T0000-released.ts'

/** Every migration of this service's database, by name. */
export const migrations = {
  ...platformMigrations,
  '20261121T1000-despatch': despatch,
  '20261128T0000-released': released,
}
