import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import { sql, type Kysely } from 'kysely'
import { ClaimLostError, startClaimLoop, stillClaimed, type ClaimLoop, type ClaimLoopOptions } from './claim-loop.ts'
import { openDatabase } from './database.ts'

interface Work {
  id: string
  next_at: Date | null
  claimed_by: string | null
  attempts: number
}
interface Tables {
  work: Work
}

let suite: SuiteDatabase
let db: Kysely<Tables>
const loops: ClaimLoop[] = []
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

beforeAll(async () => {
  suite = await createSuiteDatabase({ migrations: {}, name: 'claim-loop' })
  db = openDatabase<Tables>({ url: suite.url, applicationName: 'claim-loop-test', maxConnections: 16 })
  await sql`
    create table work (id text primary key, next_at timestamptz, claimed_by text, claimed_until timestamptz, attempts int not null default 0,
                       runs int not null default 0, enabled boolean not null default true)`.execute(db)
})
afterAll(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await sql`truncate work`.execute(db)
})
afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop[Symbol.asyncDispose]()))
})

function start(run: ClaimLoopOptions<Work>['run'], more: Partial<ClaimLoopOptions<Work>> = {}): ClaimLoop {
  const defaults = {
    db,
    log,
    name: 'work',
    table: 'work',
    concurrency: 4,
    pollMs: 50,
    leaseMs: 1_000,
    heartbeatMs: 200,
    stopWithinMs: 200,
  }
  const loop = startClaimLoop<Work>({ ...defaults, run, ...more })
  loops.push(loop)
  return loop
}

async function given(...ids: string[]): Promise<void> {
  for (const id of ids) await sql`insert into work (id, next_at) values (${id}, now())`.execute(db)
}

/** Counts the run and puts the row off for good, as a run does whose work is done. */
async function finish(row: Work): Promise<void> {
  await sql`update work set runs = runs + 1, next_at = null where id = ${row.id}`.execute(db)
}

async function rowsNow(): Promise<(Work & { runs: number; due_in_ms: number })[]> {
  const { rows } = await sql<Work & { runs: number; due_in_ms: number }>`
    select *, extract(epoch from next_at - clock_timestamp())::float8 * 1000::float8 as due_in_ms from work order by id`.execute(
    db,
  )
  return rows
}

test('due rows are run once each by however many loops there are', async () => {
  await given(...Array.from({ length: 200 }, (_, number) => `w${number}`))
  for (let loop = 0; loop < 3; loop += 1) start(finish)

  await eventually(async () =>
    expect((await rowsNow()).every((row) => row.runs === 1 && row.claimed_by === null)).toBe(true),
  )
})

test('a row that is not due, never due or excluded is left alone, and runs when it becomes due', async () => {
  await sql`insert into work (id, next_at, enabled) values ('off', now(), false), ('never', null, true), ('soon', now() + interval '400 ms', true)`.execute(
    db,
  )
  const seen: string[] = []
  const seeing = async (row: Work): Promise<void> => {
    seen.push(row.id)
    await finish(row)
  }
  start(seeing, { where: sql`enabled` })

  await eventually(() => expect(seen).toContain('soon'))
  expect((await rowsNow()).find((row) => row.id === 'off')?.runs).toBe(0)
  expect((await rowsNow()).find((row) => row.id === 'never')?.runs).toBe(0)
})

test('[R20] a run that takes longer than the lease is not taken over while its heart beats', async () => {
  await given('long')
  let running = 0
  let most = 0
  const slow = async (row: Work): Promise<void> => {
    running += 1
    most = Math.max(most, running)
    await sql`select pg_sleep(2.5)`.execute(db)
    running -= 1
    await finish(row)
  }
  start(slow)
  start(slow)

  await eventually(async () => expect((await rowsNow())[0]?.runs).toBe(1))
  expect(most).toBe(1)
})

test('[R20] the work of a killed process is taken over within its lease', async () => {
  await given('orphan')
  const source = `
    import { openDatabase } from './database.ts'
    import { startClaimLoop } from './claim-loop.ts'
    const db = openDatabase({ url: process.env.URL, applicationName: 'victim' })
    const log = { debug() {}, info() {}, warn: console.error, error: console.error }
    startClaimLoop({ db, log, name: 'work', table: 'work', concurrency: 1, pollMs: 20, leaseMs: 1500, heartbeatMs: 200, run: () => { console.log('running'); return new Promise(() => {}) } })`
  const victim = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    cwd: import.meta.dirname,
    env: { ...process.env, URL: suite.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(victim.stdout, 'data')
  const attempts: number[] = []
  start(async (row) => {
    attempts.push(row.attempts)
    await finish(row)
  })

  victim.kill('SIGKILL')
  const killedAt = performance.now()

  await eventually(async () => expect((await rowsNow())[0]?.runs).toBe(1))
  expect(performance.now() - killedAt).toBeLessThan(15_000)
  // The run that died is counted: whoever takes over can tell that it is not the first.
  expect(attempts).toEqual([2])
})

test('[R20] a run that lost its row is told, and what it writes afterwards is refused', async () => {
  await given('stolen')
  const outcome: { reason?: unknown; still?: boolean } = {}
  start(async (row, signal) => {
    await sql`update work set claimed_by = 'thief', claimed_until = now() + interval '1 hour' where id = ${row.id}`.execute(
      db,
    )
    await once(signal, 'abort')
    outcome.reason = signal.reason
    outcome.still = await db
      .transaction()
      .execute((tx) => stillClaimed(tx, { table: 'work', id: row.id, token: row.claimed_by ?? '' }))
  })

  await eventually(() => expect(outcome.still).toBe(false))
  expect(outcome.reason).toBeInstanceOf(ClaimLostError)
  expect(await rowsNow()).toMatchObject([{ claimed_by: 'thief', attempts: 1 }])
})

test('a run that throws is put off by the table and its attempts are counted until one returns', async () => {
  await given('bad')
  let runs = 0
  start(async (row) => {
    runs += 1
    if (runs === 1) throw new Error('no luck')
    await finish(row)
  })

  await eventually(async () => expect(await rowsNow()).toMatchObject([{ attempts: 1, claimed_by: null }]))
  const [row] = await rowsNow()
  expect(row?.due_in_ms).toBeLessThan(1_100)
  await eventually(async () => expect(await rowsNow()).toMatchObject([{ attempts: 0, runs: 1 }]))
})

test('a run that throws does not bring forward what it had put off further itself', async () => {
  await given('later')
  start(async (row) => {
    await sql`update work set next_at = now() + interval '1 hour' where id = ${row.id}`.execute(db)
    throw new Error('after putting it off')
  })
  await eventually(async () => expect(await rowsNow()).toMatchObject([{ attempts: 1, claimed_by: null }]))
  expect((await rowsNow())[0]?.due_in_ms).toBeGreaterThan(3_000_000)
})

test('a row that stays due runs again at the next poll, not in a tight circle', async () => {
  await given('restless')
  const at: number[] = []
  start(async () => void at.push(performance.now()), { pollMs: 150 })

  await eventually(() => expect(at.length).toBeGreaterThanOrEqual(4))
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThan(100)
})

test('a poke is answered long before the next poll', async () => {
  const loop = start(finish, { pollMs: 600_000 })
  await eventually(async () => {
    await given('poked').catch(() => undefined)
    loop.poke()
    expect((await rowsNow())[0]?.runs).toBe(1)
  })
})

test('[R30] disposal lets a run end, and gives back one that does not, without counting it', async () => {
  await given('hangs', 'ends')
  const started: string[] = []
  const loop = start(async (row, signal) => {
    started.push(row.id)
    if (row.id === 'ends') return finish(row)
    await once(signal, 'abort')
    throw signal.reason
  })
  await eventually(() => expect(started.toSorted()).toEqual(['ends', 'hangs']))

  await loop[Symbol.asyncDispose]()

  expect(await rowsNow()).toMatchObject([
    { id: 'ends', runs: 1, claimed_by: null },
    { id: 'hangs', runs: 0, claimed_by: null, attempts: 0 },
  ])
})

test('[R21] the loop outlives a database that ends its sessions', async () => {
  await given('first')
  start(finish)
  await eventually(async () => expect((await rowsNow())[0]?.runs).toBe(1))

  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`.execute(
    db,
  )
  await eventually(async () => {
    await given('second').catch(() => undefined)
    expect((await rowsNow()).map((row) => row.runs)).toEqual([1, 1])
  })
})
