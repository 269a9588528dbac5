import type { Migration } from 'kysely/migration'
import { platformMigrations } from '@lockstep/postgres/migrate'
import { up as connections } from './20261121T1000-connections.ts'
import { up as orders } from './20261121T1010-orders.ts'
import { up as auditAndQuarantine } from './20261121T1020-audit-and-quarantine.ts'
import { up as pollWithoutToken } from './20261128T0425-poll-without-token.ts'

/** Every migration of this database, in the order of their names. */
export const migrations: Record<string, Migration> = {
  ...platformMigrations,
  '20261121T1000-connections': { up: connections },
  '20261121T1010-orders': { up: orders },
  '20261121T1020-audit-and-quarantine': { up: auditAndQuarantine },
  '20261128T0425-poll-without-token': { up: pollWithoutToken },
}
