import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import { eventually } from '@lockstep/testkit/eventually'
import { freePort } from '@lockstep/testkit/free-port'
import { afterAll, expect, test } from '@jest/globals'
import { isRoot } from './os-user.ts'
import { startPostgres, type PostgresServer } from './postgres-server.ts'

const folder = createTestFolder('postgres-server')
afterAll(() => folder[Symbol.dispose]())

test('data survives a stop, a kill -9 and a stale postmaster.pid', async () => {
  const home = join(folder.path, 'survives')
  const first = await start(home)
  await query(first, 'create table shelf (id int); insert into shelf values (1)')
  await first[Symbol.asyncDispose]()

  const second = await start(home)
  await query(second, 'insert into shelf values (2)')
  const killed = second.process.pid
  second.process.kill('SIGKILL')
  await eventually(() => expect(second.process.pid).not.toBe(killed))
  await eventually(() => query(second, 'select 1'))
  await second[Symbol.asyncDispose]()
  // The number of a process that is alive and has nothing to do with Postgres.
  writeFileSync(join(second.dataFolder, 'postmaster.pid'), `${process.pid}\n${second.dataFolder}\n`)

  await using third = await start(home)
  expect(await query(third, 'select id from shelf order by id')).toEqual([{ id: 1 }, { id: 2 }])
})

test('it needs its password and listens on this machine alone', async () => {
  await using server = await start(join(folder.path, 'locked'))
  const wrong = server.url.replace(/:[^:@]+@/, ':wrong@')

  await expect(query({ url: wrong }, 'select 1')).rejects.toThrow('password authentication failed')
  expect(await query(server, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
})

/** Only root starts Postgres as somebody else; anybody else keeps everything in the home. */
test('as root with a home that is closed to others the data lies elsewhere and is found again', async () => {
  const closed = join(folder.path, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o700)
  const home = join(closed, 'home')
  const first = await start(home)
  await query(first, 'create table shelf (id int); insert into shelf values (7)')
  await first.process.stop()

  await using second = await start(home)

  expect(await query(second, 'select id from shelf')).toEqual([{ id: 7 }])
  expect(second.dataFolder.startsWith(home)).toBe(!isRoot())
  expect(statSync(second.dataFolder).uid === 0).toBe(false)
  if (existsSync(join(home, 'postgres-folder'))) {
    expect(readFileSync(join(home, 'postgres-folder'), 'utf8')).toBe(dirname(second.dataFolder))
  }
})

test('an interrupted first start leaves nothing that a later one would trip over', async () => {
  const home = join(folder.path, 'interrupted')
  mkdirSync(join(home, 'postgres', 'draft-x'), { recursive: true })
  writeFileSync(join(home, 'postgres', 'draft-x', 'PG_VERSION'), '18\n')

  await using server = await start(home)

  expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }])
  rmSync(join(home, 'postgres', 'draft-x'), { recursive: true })
})

async function start(home: string): Promise<PostgresServer> {
  return startPostgres({
    home,
    port: await freePort(),
    password: 'secret',
    maxConnections: 20,
    durability: 'safe',
    say: () => undefined,
  })
}

async function query({ url }: { url: string }, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(statement)).rows as unknown[]
  } finally {
    await client.end()
  }
}
