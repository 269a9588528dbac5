import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import type { Kysely } from 'kysely'
import { migrations } from '../migrations/all-migrations.ts'
import type { Account } from '../store/accounts.ts'
import { findConnection, saveConnectionState } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import { sealingKeys } from '../store/sealing.ts'
import { authoriseAccount } from './authorise-account.ts'
import { createAccount } from './create-account.ts'
import { updateAccountSettings } from './update-account-settings.ts'

let suite: SuiteDatabase
let db: Kysely<ChannelDb>
const keys = sealingKeys([randomBytes(32)])
const deps = { ids: systemIds, keys, application: 'app', zerosSharePercent: 10 }

beforeAll(async () => {
  suite = await createSuiteDatabase({ migrations, name: 'channel-connector' })
  db = openDatabase({ url: suite.url, applicationName: 'test' })
})
afterAll(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})

const create = (sellerId: string, refreshToken: string, marketplace = 'UK'): Promise<Account> =>
  db.transaction().execute((tx) => createAccount(tx, deps, { name: '', sellerId, marketplace, refreshToken }))

const authorise = (account: Account, refreshToken: string): Promise<Account> =>
  db.transaction().execute((tx) => authoriseAccount(tx, deps, { account: account.id, refreshToken }))

const change = (account: Account, enabled: boolean): Promise<Account> =>
  db.transaction().execute((tx) =>
    updateAccountSettings(tx, deps, {
      account: account.id,
      change: { enabled },
      confirmation: '',
      zerosConfirmation: '',
      actor: 'tester',
    }),
  )

const found = async (account: Account) => {
  const connection = await findConnection(db, account.connectionId)
  if (!connection) throw new Error('no connection')
  return connection
}

/** When the account's listings report and its first look are due. */
async function due(account: Account) {
  const report = await db
    .selectFrom('account')
    .select('listings_report_due_at')
    .where('id', '=', account.id)
    .executeTakeFirstOrThrow()
  const look = await db
    .selectFrom('listing_look')
    .select('next_at')
    .where('account_id', '=', account.id)
    .executeTakeFirst()
  return { report: report.listings_report_due_at !== null, look: look !== undefined }
}

test('the same token given with each account of a seller is one token; another one replaces it', async () => {
  const uk = await create('A1SELLER1', 'Atzr|one')
  await create('A1SELLER1', 'Atzr|one', 'DE')
  expect((await found(uk)).tokenVersion).toBe(1)

  await create('A1SELLER1', 'Atzr|two', 'FR')
  const replaced = await found(uk)

  expect(replaced.tokenVersion).toBe(2)
  expect(replaced.token && keys.open(replaced.token, replaced.id)).toBe('Atzr|two')
})

test('[T-69] the same token given again to a held connection is tried again', async () => {
  const account = await create('A1SELLER2', 'Atzr|one')
  const { id, tokenVersion } = await found(account)
  await saveConnectionState(db, { connectionId: id, tokenVersion, state: 'reauthorise', detail: 'revoked' })

  await authorise(account, 'Atzr|one')

  expect(await found(account)).toMatchObject({ state: 'untested', detail: '', tokenVersion: tokenVersion + 1 })
})

test('what is found out about a token that was replaced meanwhile changes nothing', async () => {
  const account = await create('A1SELLER3', 'Atzr|one')
  const { id, tokenVersion } = await found(account)
  await authorise(account, 'Atzr|two')

  const changed = await saveConnectionState(db, {
    connectionId: id,
    tokenVersion,
    state: 'reauthorise',
    detail: 'late',
  })

  expect(changed).toBe(false)
  expect(await found(account)).toMatchObject({ state: 'untested', detail: '' })
})

test('[S002-6] listings are fetched once there are credentials, and not while the account is off', async () => {
  const account = await create('A1SELLER4', '')
  expect(await due(account)).toEqual({ report: false, look: false })

  await authorise(account, 'Atzr|four')
  expect(await due(account)).toEqual({ report: true, look: true })

  await change(account, false)
  expect((await due(account)).report).toBe(false)
  await change(account, true)
  expect((await due(account)).report).toBe(true)
})

test('two accounts of one seller created at once share one connection', async () => {
  const [uk, de] = await Promise.all([create('A1SELLER5', 'Atzr|five'), create('A1SELLER5', 'Atzr|five', 'DE')])

  expect(uk.connectionId).toBe(de.connectionId)
  expect((await found(uk)).tokenVersion).toBe(1)
})

test('every account of a connection is announced when it is authorised', async () => {
  const uk = await create('A1SELLER6', 'Atzr|one')
  const de = await create('A1SELLER6', '', 'DE')
  await db.deleteFrom('outbox').execute()

  await authorise(uk, 'Atzr|two')

  const rows = await db.selectFrom('outbox').select('subject').orderBy('seq').execute()
  expect(rows.map(({ subject }) => subject)).toEqual(
    [uk, de].map(({ id }) => `evt.channel.v1.account.changed.${id}.${id}`),
  )
})
