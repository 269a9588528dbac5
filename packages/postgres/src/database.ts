import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { DatabaseUnreachableError } from './errors.ts'
import type { Log } from './log.ts'
import { observePool } from './pool-metrics.ts'
import { PreparedStatements } from './prepared-statements.ts'

/** What `openDatabase` needs to know. */
export interface DatabaseOptions {
  url: string
  /** Shown in pg_stat_activity: the service's name. */
  applicationName: string
  /** Size of the pool. Default 8: one pool per process. */
  maxConnections?: number
  /** Hears of connections that broke while idle; they are replaced without anybody noticing. */
  log?: Log
}

/**
 * Opens a pool lazily: nothing connects before the first query. Disposal waits for running queries and closes every connection.
 * 64-bit integers come as numbers and a value beyond 2^53 throws; timestamps come as Date; numeric stays text.
 * A statement that is asked often is prepared: parsed, and as a rule planned, once per connection. Every statement ends after 30 s, a wait for a lock after 15 s, and an idle transaction is ended by the server after 20 s.
 * When no connection can be had within 15 s, as long as a lock is waited for, a query fails with DatabaseUnreachableError.
 */
export function openDatabase<DB>(options: DatabaseOptions): Kysely<DB> {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 8,
    connectionTimeoutMillis: 15_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: 30_000,
    lock_timeout: 15_000,
    idle_in_transaction_session_timeout: 20_000,
    types: ourTypes(),
  })
  // A connection that breaks, idle or in the middle of a transaction, ends the process when nobody listens.
  // Its running query fails as well, and the pool replaces it.
  pool.on('error', (error) => options.log?.warn({ err: error }, 'idle database connection lost'))
  const statements = new PreparedStatements()
  pool.on('connect', (client) => {
    client.on('error', (error) => options.log?.debug({ err: error }, 'database connection lost'))
    statements.useIn(client)
  })
  const place = new URL(options.url)
  const connect = async (): Promise<pg.PoolClient> => {
    const client = await connectTo(pool, `${place.host}${place.pathname}`)
    statements.closeOutdated(client)
    return client
  }
  const stopObserving = observePool(pool, options.applicationName)
  const end = async (): Promise<void> => {
    stopObserving()
    await pool.end()
  }
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: { connect, end, options: pool.options } }) })
}

async function connectTo(pool: pg.Pool, place: string): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    // A wrong password or an unknown database is a fault of its own and says so itself.
    if (error instanceof pg.DatabaseError) throw error
    throw new DatabaseUnreachableError(`no connection to the database at ${place}`, { cause: error })
  }
}

function ourTypes(): pg.TypeOverrides {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, safeInteger)
  return types
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(`${text} is beyond the integers that a number holds exactly`)
}
