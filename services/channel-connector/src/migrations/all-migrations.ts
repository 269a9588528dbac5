import { platformMigrations } from '@lockstep/postgres/migrate'
import type { Migration } from 'kysely/migration'
import { accountsMigrations } from './accounts-migrations.ts'
import { bucketMigrations } from './bucket-migrations.ts'
import { diagnosisMigrations } from './diagnosis-migrations.ts'
import { notificationMigrations } from './notification-migrations.ts'
import { bulkMigrations } from './bulk-migrations.ts'
import { fbaMigrations } from './fba-migrations.ts'
import { holdMigrations } from './hold-migrations.ts'
import { changeMigrations } from './change-migrations.ts'
import { pipelineMigrations } from './pipeline-migrations.ts'
import { priceMigrations } from './price-migrations.ts'

/** Every migration of this service's database, by name. */
export const migrations: Record<string, Migration> = {
  ...platformMigrations,
  ...accountsMigrations,
  ...pipelineMigrations,
  ...bucketMigrations,
  ...diagnosisMigrations,
  ...notificationMigrations,
  ...bulkMigrations,
  ...priceMigrations,
  ...holdMigrations,
  ...changeMigrations,
  ...fbaMigrations,
}
