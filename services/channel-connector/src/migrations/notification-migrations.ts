import type { Migration } from 'kysely/migration'
import { up as notifications } from './20261128T0005-notifications.ts'

/** Migrations of the notifications, by name. */
export const notificationMigrations: Record<string, Migration> = {
  '20261128T0005-notifications': { up: notifications },
}
