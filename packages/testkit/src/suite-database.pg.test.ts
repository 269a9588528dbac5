import { randomUUID } from 'node:crypto'
import { expect, test } from '@jest/globals'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import pg from 'pg'
import { createSuiteDatabase } from './suite-database.ts'
import { testPostgresUrl } from './test-servers.ts'

const migrations: Record<string, Migration> = {
  '20261121T1000-create-shelf': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.createTable('shelf').addColumn('id', 'text').execute()
    },
  },
}

test('two suites with the same migrations get separate migrated databases', async () => {
  await using first = await createSuiteDatabase({ migrations, name: 'testkit' })
  await using second = await createSuiteDatabase({ migrations, name: 'testkit' })

  await query(first.url, "insert into shelf values ('a')")

  expect(await query(first.url, 'select id from shelf')).toEqual([{ id: 'a' }])
  expect(await query(second.url, 'select id from shelf')).toEqual([])
})

test('suites that start at the same moment share one template', async () => {
  // A name of its own: a server that outlives the run has the other template already.
  const name = `race-${randomUUID().slice(0, 8)}`

  const suites = await Promise.all(Array.from({ length: 6 }, () => createSuiteDatabase({ migrations, name })))

  const like = `template\\_${name.replace('-', '\\_')}\\_%`
  const templates = await query(testPostgresUrl(), `select datname from pg_database where datname like '${like}'`)
  expect(new Set(suites.map((suite) => suite.url)).size).toBe(6)
  expect(templates).toHaveLength(1)
  await Promise.all(suites.map((suite) => suite[Symbol.asyncDispose]()))
  for (const { datname } of templates as { datname: string }[])
    await query(testPostgresUrl(), `drop database "${datname}"`)
})

test('disposal drops the database although a session is still connected', async () => {
  const suite = await createSuiteDatabase({ migrations: {}, name: 'testkit-drop' })
  const client = new pg.Client({ connectionString: suite.url })
  client.on('error', () => undefined)
  await client.connect()

  await suite[Symbol.asyncDispose]()

  await expect(query(suite.url, 'select 1')).rejects.toThrow('does not exist')
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
