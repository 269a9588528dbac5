import { setTimeout as delay } from 'node:timers/promises'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Migration } from 'kysely/migration'

export { platformMigrations } from './platform-migrations.ts'

/** The schema is not as new as the program needs. `missing` names the migrations that were not run. */
export class SchemaBehindError extends Error {
  override name = 'SchemaBehindError'
  readonly missing: string[]

  constructor(missing: string[]) {
    super(`the database lacks ${missing.join(', ')}: run the service's migrations`)
    this.missing = missing
  }
}

// An arbitrary number of our own, the same in every release.
const migrationLock = 7_100_050

/**
 * Runs what was not run yet, in the order of the names, each migration in a transaction of its own under an advisory lock: any number of processes
 * may start at once, and one that is killed leaves whole migrations behind. Forward only. A database that already holds migrations of a newer release
 * is left as it is, so that the previous release can start beside it. Bookkeeping is kysely's own table.
 */
export async function migrate<DB>(db: Kysely<DB>, migrations: Record<string, Migration>): Promise<void> {
  await createBookkeeping(db)
  const missing = await missingFrom(db, Object.keys(migrations))
  for (const name of missing) {
    const migration = migrations[name]
    if (migration) await db.transaction().execute((tx) => applyOnce(tx, name, migration))
  }
}

/** Waits until every one of the migrations has been run by somebody. Fails with SchemaBehindError after `withinMs` (default 60 000). */
export async function waitForSchema<DB>(
  db: Kysely<DB>,
  names: readonly string[],
  options: { withinMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + (options.withinMs ?? 60_000)
  for (;;) {
    const missing = (await hasBookkeeping(db)) ? await missingFrom(db, names) : [...names]
    if (missing.length === 0) return
    if (performance.now() > deadline) throw new SchemaBehindError(missing)
    await delay(100)
  }
}

async function createBookkeeping<DB>(db: Kysely<DB>): Promise<void> {
  if (await hasBookkeeping(db)) return
  await db.transaction().execute(async (tx) => {
    await lockMigrations(tx)
    await sql`create table if not exists kysely_migration (name varchar(255) primary key, timestamp varchar(255) not null)`.execute(
      tx,
    )
  })
}

async function applyOnce<DB>(tx: Transaction<DB>, name: string, migration: Migration): Promise<void> {
  await lockMigrations(tx)
  if ((await missingFrom(tx, [name])).length === 0) return
  // Long work is fine; making the running release wait for a table is not.
  await sql`set local lock_timeout = '5s'`.execute(tx)
  await migration.up(tx)
  await sql`insert into kysely_migration (name, timestamp) values (${name}, ${new Date().toISOString()})`.execute(tx)
}

async function lockMigrations<DB>(tx: Transaction<DB>): Promise<void> {
  await sql`set local statement_timeout = 0`.execute(tx)
  await sql`set local lock_timeout = 0`.execute(tx)
  await sql`select pg_advisory_xact_lock(${migrationLock})`.execute(tx)
}

async function hasBookkeeping<DB>(db: Kysely<DB>): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(
    db,
  )
  return rows[0]?.there ?? false
}

async function missingFrom<DB>(db: Kysely<DB>, names: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from unnest(${[...names]}::text[]) as wanted (name)
     where not exists (select from kysely_migration as done where done.name = wanted.name)
     order by name collate "C"`.execute(db)
  return rows.map((row) => row.name)
}
