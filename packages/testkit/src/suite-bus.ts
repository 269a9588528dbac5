import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import pg from 'pg'
import { testNatsUrl, testPostgresUrl } from './test-servers.ts'

/** How many isolated accounts, t0 to t199, the test run's NATS server has. */
export const busAccounts = 200

// An arbitrary number of our own: the first half of the advisory locks that say which accounts are taken.
const lockSpace = 7_100_051

export interface SuiteBus extends AsyncDisposable {
  /** Carries the account's user and password. */
  url: string
  /** The account's user, such as `t17`. */
  account: string
}

/**
 * A NATS account with JetStream that no other suite sees, empty at the start and emptied on disposal.
 * Which account is taken is an advisory lock in the test run's Postgres, so a killed suite gives its account back.
 */
export async function createSuiteBus(): Promise<SuiteBus> {
  const lock = new pg.Client({ connectionString: testPostgresUrl() })
  await lock.connect()
  try {
    const account = await takeAccount(lock)
    const url = accountUrl(account)
    await deleteStreams(url)
    return {
      url,
      account,
      async [Symbol.asyncDispose]() {
        try {
          await deleteStreams(url)
        } finally {
          await lock.end()
        }
      },
    }
  } catch (error) {
    await lock.end()
    throw error
  }
}

async function takeAccount(lock: pg.Client): Promise<string> {
  const first = Math.floor(Math.random() * busAccounts)
  for (let step = 0; step < busAccounts; step += 1) {
    const number = (first + step) % busAccounts
    const { rows } = await lock.query<{ taken: boolean }>('select pg_try_advisory_lock($1, $2) as taken', [
      lockSpace,
      number,
    ])
    if (rows[0]?.taken) return `t${number}`
  }
  throw new Error(`all ${busAccounts} NATS accounts are taken: a suite does not dispose of its bus`)
}

async function deleteStreams(url: string): Promise<void> {
  const connection = await connect({ servers: url, ...credentials(url), reconnect: false, timeout: 10_000 })
  try {
    const manager = await jetstreamManager(connection)
    for await (const stream of manager.streams.list()) await manager.streams.delete(stream.config.name)
  } finally {
    await connection.close()
  }
}

function credentials(url: string): { user: string; pass: string } {
  const { username, password } = new URL(url)
  return { user: username, pass: password }
}

function accountUrl(account: string): string {
  const url = new URL(testNatsUrl())
  url.username = account
  url.password = account
  return url.href
}
