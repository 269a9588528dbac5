import type { Migration } from 'kysely/migration'
import { up as diagnosis } from './20261127T2345-diagnosis.ts'

/** Migrations of diagnosis and authorisation, by name. */
export const diagnosisMigrations: Record<string, Migration> = {
  '20261127T2345-diagnosis': { up: diagnosis },
}
