import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { testPostgresUrl } from '@lockstep/testkit/test-servers'
import { afterAll, expect, test } from '@jest/globals'
import { databaseUrl, dropDatabases, ensureDatabases } from './databases.ts'

const prefix = `d${randomBytes(4).toString('hex')}_`
const inventory = { name: `${prefix}inventory`, password: 'a "quoted" \'password\'' }
const orders = { name: `${prefix}orders`, password: 'other' }
const admin = testPostgresUrl()
afterAll(() => dropDatabases(admin, [inventory.name, orders.name]))

test('each role owns its database and may connect to no other', async () => {
  await ensureDatabases(admin, [inventory, orders])

  await query(databaseUrl(admin, inventory), 'create table shelf (id text)')
  const foreign = new URL(databaseUrl(admin, inventory))
  foreign.pathname = `/${orders.name}`
  await expect(query(foreign.href, 'select 1')).rejects.toThrow('permission denied for database')
  foreign.pathname = '/postgres'
  await expect(query(foreign.href, 'select 1')).rejects.toThrow('permission denied for database')
})

test('a second start keeps the data and takes the new password', async () => {
  await ensureDatabases(admin, [inventory])
  await query(databaseUrl(admin, inventory), "create table if not exists kept (id text); insert into kept values ('a')")

  const renewed = { ...inventory, password: 'renewed' }
  await ensureDatabases(admin, [renewed])

  expect(await query(databaseUrl(admin, renewed), 'select id from kept')).toEqual([{ id: 'a' }])
})

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows as unknown[]
  } finally {
    await client.end()
  }
}
