import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openDatabase } from '@lockstep/postgres/database'
import { createSuiteDatabase, type SuiteDatabase } from '@lockstep/testkit/suite-database'
import type { Kysely } from 'kysely'
import { migrations } from '../migrations/all-migrations.ts'
import { countFailedCalls, listCalls, saveApiCalls } from './api-calls.ts'
import {
  type CapabilitySign,
  forgetCapabilities,
  listCapabilityStates,
  saveCapabilitySigns,
} from './capability-states.ts'
import { lockOrCreateConnection } from './connections.ts'
import type { ChannelDb } from './database.ts'
import { knownRights } from './known-rights.ts'

let suite: SuiteDatabase
let db: Kysely<ChannelDb>

beforeAll(async () => {
  suite = await createSuiteDatabase({ migrations, name: 'channel-connector' })
  db = openDatabase({ url: suite.url, applicationName: 'test' })
})
afterAll(async () => {
  await db.destroy()
  await suite[Symbol.asyncDispose]()
})

let made = 0
async function givenConnection(): Promise<string> {
  made += 1
  const identity = { application: 'app', sellerId: `A1SELLER${made}`, region: 'EU' as const }
  const id = `con_${made}`
  await db.transaction().execute((tx) => lockOrCreateConnection(tx, identity, id))
  return id
}

const minute = 60_000
const start = Date.now() - 30 * minute
const at = (minutes: number) => new Date(start + minutes * minute)
const sign = (connectionId: string, state: 'working' | 'refused', atMs: number): CapabilitySign => ({
  connectionId,
  capability: 'orders',
  operation: 'searchOrders',
  requestType: '',
  state,
  at: new Date(atMs),
})
const states = async (connectionId: string) =>
  (await listCapabilityStates(db, connectionId)).map(({ state, since }) => [state, since.getTime()])

test('[S003-48] since when a right is refused moves only when it changes, and a refusal after a success is seen at once', async () => {
  const id = await givenConnection()
  await saveCapabilitySigns(db, [sign(id, 'working', start)])
  await saveCapabilitySigns(db, [sign(id, 'working', start + 5 * minute)])
  expect(await states(id)).toEqual([['working', start]])

  await saveCapabilitySigns(db, [sign(id, 'working', start + 6 * minute), sign(id, 'refused', start + 6 * minute + 1)])
  await saveCapabilitySigns(db, [sign(id, 'refused', start + 9 * minute)])

  expect(await states(id)).toEqual([['refused', start + 6 * minute + 1]])
})

test('while nothing changes a row is written once a minute', async () => {
  const id = await givenConnection()
  const noted = async () =>
    (
      await db
        .selectFrom('capability_state')
        .select('noted_at')
        .where('connection_id', '=', id)
        .executeTakeFirstOrThrow()
    ).noted_at.getTime()
  await saveCapabilitySigns(db, [sign(id, 'working', start)])

  await saveCapabilitySigns(db, [sign(id, 'working', start + 59_000)])
  expect(await noted()).toBe(start)
  await saveCapabilitySigns(db, [sign(id, 'working', start + 61_000)])
  expect(await noted()).toBe(start + 61_000)
})

test('a new authorisation makes every right unknown, and does not forget that there were calls that worked', async () => {
  const id = await givenConnection()
  await saveCapabilitySigns(db, [sign(id, 'working', start)])
  expect(await knownRights(db, id)).toEqual({ grantedRoles: [], deniedRoles: [], everAccepted: true })

  await db.transaction().execute((tx) => forgetCapabilities(tx, id))

  expect((await states(id))[0]?.[0]).toBe('unknown')
  expect(await knownRights(db, id)).toMatchObject({ everAccepted: true })
  await saveCapabilitySigns(db, [sign(id, 'refused', Date.now())])
  expect(await knownRights(db, id)).toMatchObject({ deniedRoles: ['Inventory and Order Tracking'] })
})

test('a sign of a connection that is gone is left out, and nothing is written for none', async () => {
  await saveCapabilitySigns(db, [sign('con_gone', 'refused', start)])
  await saveCapabilitySigns(db, [])

  expect(await states('con_gone')).toEqual([])
})

const aCall = (connectionId: string, more: { at: Date; outcome: string; operation?: string; status?: number }) => ({
  connection_id: connectionId,
  application: 'app',
  operation: 'searchOrders',
  lane: 'normal',
  status: 200,
  throttled_level: null,
  error_code: null,
  request_id: 'req-1',
  waited_ms: 0,
  duration_ms: 10,
  capability: 'orders',
  ...more,
})
const search = { operation: undefined, classes: [], since: undefined, until: undefined, before: undefined, limit: 100 }

test('[S003-49] the log holds every call that did not end well, is searched by seller, operation, class and time, and paged without gap', async () => {
  const [id, other] = [await givenConnection(), await givenConnection()]
  await saveApiCalls(db, [
    aCall(id, { at: at(1), outcome: 'accepted' }),
    aCall(id, { at: at(2), outcome: 'throttled', status: 429 }),
    aCall(id, { at: at(3), outcome: 'denied', status: 403, operation: 'confirmShipment' }),
    aCall(id, { at: at(4), outcome: 'outage', status: 503 }),
    aCall(other, { at: at(5), outcome: 'denied', status: 403 }),
  ])
  const found = async (more: object) =>
    (await listCalls(db, { ...search, connectionId: id, ...more })).map(({ outcome }) => outcome)

  expect(await found({})).toEqual(['outage', 'denied', 'throttled'])
  expect(await found({ classes: ['accepted', 'throttled'] })).toEqual(['throttled', 'accepted'])
  expect(await found({ operation: 'confirmShipment' })).toEqual(['denied'])
  expect(await found({ since: at(3), until: at(4) })).toEqual(['denied'])
  const first = await listCalls(db, { ...search, connectionId: id, limit: 2 })
  expect(await found({ before: first.at(-1)?.id, limit: 2 })).toEqual(['throttled'])
  const all = await listCalls(db, { ...search, connectionId: undefined, classes: ['denied'] })
  expect(all.map(({ connectionId }) => connectionId)).toEqual([other, id])
  const counts = await countFailedCalls(db, id)
  expect(counts.map(({ outcome, count }) => [outcome, count])).toEqual([
    ['outage', 1],
    ['denied', 1],
    ['throttled', 1],
  ])
})

test('[S003-48] a denial is counted since the right was refused, a limit since it was quiet; earlier incidents are others', async () => {
  const id = await givenConnection()
  await saveCapabilitySigns(db, [sign(id, 'working', at(-300).getTime())])
  await saveCapabilitySigns(db, [sign(id, 'refused', at(10).getTime())])
  const denied = (minutes: number) => aCall(id, { at: at(minutes), outcome: 'denied', status: 403 })
  const throttled = (minutes: number) => aCall(id, { at: at(minutes), outcome: 'throttled', status: 429 })
  await saveApiCalls(db, [-400, -399, -350, 10, 20].map(denied))
  await saveApiCalls(db, [-200, -199, 1, 2, 3].map(throttled))

  const counts = await countFailedCalls(db, id)

  const seen = Object.fromEntries(
    counts.map(({ outcome, count, firstAt, lastAt }) => [outcome, [count, firstAt.getTime(), lastAt.getTime()]]),
  )
  expect(seen).toEqual({
    denied: [2, at(10).getTime(), at(20).getTime()],
    throttled: [3, at(1).getTime(), at(3).getTime()],
  })
})

test('[S003-38] a call that went well a moment after the failure counts, though rights are noted once a minute', async () => {
  const id = await givenConnection()
  await saveCapabilitySigns(db, [sign(id, 'working', at(1).getTime())])
  const failedAt = new Date(at(1).getTime() + 10_000)
  const wellAt = new Date(at(1).getTime() + 20_000)
  await saveApiCalls(db, [aCall(id, { at: failedAt, outcome: 'throttled', status: 429 })])
  expect((await countFailedCalls(db, id))[0]?.lastAcceptedAt).toEqual(at(1))

  await saveApiCalls(db, [aCall(id, { at: wellAt, outcome: 'accepted' })])

  expect((await countFailedCalls(db, id))[0]?.lastAcceptedAt).toEqual(wellAt)
})

test('the log keeps nothing of what was in a call: its columns are these', async () => {
  const row = await db.selectFrom('api_call').selectAll().executeTakeFirstOrThrow()

  expect(Object.keys(row).toSorted()).toEqual([
    'also_counted',
    'application',
    'at',
    'capability',
    'connection_id',
    'duration_ms',
    'error_code',
    'id',
    'lane',
    'operation',
    'outcome',
    'request_id',
    'request_type',
    'status',
    'throttled_level',
    'waited_ms',
  ])
})
