import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import {
  type BulkJob,
  BulkServiceClient,
  type NewBulkJobLine,
} from '@lockstep/contracts/generated/lockstep/channel/v1/bulk_service.ts'
import { call, openClient } from '@lockstep/rpc/client'

import { saveCapabilitySigns } from '../store/capability-states.ts'
import { aKey, asking, refusedWith, serviceStage, type ServiceStage } from '../../test/service-stage.ts'

let stage: ServiceStage
let bulk: BulkServiceClient
let account: Account

beforeAll(async () => {
  stage = await serviceStage()
  bulk = openClient(BulkServiceClient, stage.address)
  account = await stage.givenAccount('ABULK1')
  await stage.givenReport(
    account,
    Array.from({ length: 1_200 }, (_, i) => ({ sku: `B-${String(i)}` })),
  )
}, 60_000)

afterAll(async () => {
  bulk.close()
  await stage[Symbol.asyncDispose]()
})

/** Quiet hours that are never now: they keep the lines where they are. */
function farHours(): string {
  const hour = String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')
  return `${hour}:00-${hour}:30`
}

async function givenOpenJob(quietHours = ''): Promise<string> {
  const request = { idempotencyKey: aKey(), account: account.id, quietHours, note: 'spring' }
  const { job } = await call(bulk, 'openBulkJob', request, asking)
  return job?.id ?? ''
}

/** A line with no change but what is given. */
function aLine(
  line: number,
  channelSku: string,
  change: Partial<NewBulkJobLine> = { title: 'A title' },
): NewBulkJobLine {
  return {
    line,
    channelSku,
    title: undefined,
    description: undefined,
    price: undefined,
    currency: undefined,
    ...change,
  }
}

const price = (i: number) => aLine(i + 1, `B-${String(i)}`, { price: '12.50', currency: 'GBP' })

async function add(jobId: string, lines: NewBulkJobLine[]): Promise<number> {
  const { total } = await call(bulk, 'addBulkJobLines', { idempotencyKey: aKey(), jobId, lines }, asking)
  return total
}

async function submit(jobId: string, total: number): Promise<BulkJob | undefined> {
  const { job } = await call(bulk, 'submitBulkJob', { idempotencyKey: aKey(), jobId, total }, asking)
  return job
}

test('a job of several pages is taken on whole, and its kind follows from what changes', async () => {
  const hours = farHours()
  const jobId = await givenOpenJob(hours)

  await add(
    jobId,
    Array.from({ length: 1_000 }, (_, i) => price(i)),
  )
  const total = await add(
    jobId,
    Array.from({ length: 200 }, (_, i) => price(1_000 + i)),
  )
  const job = await submit(jobId, total)

  expect(job).toMatchObject({ kind: 'price', state: 'running', total: 1_200, waiting: 1_200, quietHours: hours })
  const page = await call(bulk, 'getBulkJob', { jobId, state: 'waiting', page: { size: 2, token: '' } }, asking)
  expect(page.lines.map(({ line, price: money }) => [line, money?.minor])).toEqual([
    [1, 1_250n],
    [2, 1_250n],
  ])
  const listed = await call(bulk, 'listBulkJobs', { account: account.name, page: undefined }, asking)
  expect(listed.jobs[0]?.id).toBe(jobId)
})

test('every bad line is named and nothing is taken on', async () => {
  const jobId = await givenOpenJob()
  const bad: [string, Partial<NewBulkJobLine>, string][] = [
    ['B-1', { title: 'fine' }, ''],
    ['B-UNKNOWN', { title: 'fine' }, 'LISTING_UNKNOWN'],
    ['B-1', { title: 'again' }, 'LINE_DUPLICATE'],
    ['B-2', { title: '   ' }, 'TEXT_EMPTY'],
    ['B-3', { price: '0' }, 'PRICE_INVALID'],
    ['B-4', { price: '1,50' }, 'PRICE_INVALID'],
    ['B-5', { price: '1.50', currency: 'EUR' }, 'CURRENCY_WRONG'],
    ['B-6', {}, 'NOTHING_TO_CHANGE'],
    ['x'.repeat(41), { title: 'fine' }, 'CHANNEL_SKU_INVALID'],
    ['B-7', { title: '=HYPERLINK("http://example.com")' }, 'FORMULA'],
    ['B-8', { title: 'x'.repeat(201) }, 'TEXT_TOO_LONG'],
    ['B-9', { description: 'caf\uFFFD' }, 'CHARACTER_LOST'],
    ['b-10', { title: 'fine' }, 'LISTING_UNKNOWN'],
    ['B-11', { title: 'nul\u0000' }, 'CONTROL_CHARACTER'],
  ]
  await add(
    jobId,
    bad.map(([sku, change], i) => aLine(i + 1, sku, change)),
  )

  const refusal = await refusedWith(submit(jobId, bad.length))

  expect(refusal).toMatchObject({ reason: 'BULK_LINES_REFUSED', value: '13' })
  expect(refusal.lines.map(({ index, reason }) => [index, reason])).toEqual(
    bad.flatMap(([, , reason], i) => (reason === '' ? [] : [[i, reason]])),
  )
  expect(refusal.lines.find(({ index }) => index === 4)).toMatchObject({ item: 'B-3', value: '0' })
  const { job } = await call(bulk, 'getBulkJob', { jobId, state: '', page: undefined }, asking)
  expect(job).toMatchObject({ state: 'preparing', submittedAt: undefined })
  const dropped = await call(bulk, 'cancelBulkJob', { idempotencyKey: aKey(), jobId }, asking)
  expect(dropped.job).toMatchObject({ state: 'cancelled' })
  const gone = call(bulk, 'getBulkJob', { jobId, state: '', page: undefined }, asking)
  expect((await refusedWith(gone)).reason).toBe('BULK_JOB_UNKNOWN')
})

test('[S003-47] a running job that Amazon denies says in show and in list that it waits, and for what', async () => {
  const jobId = await givenOpenJob(farHours())
  await add(jobId, [aLine(1, 'B-35')])
  await submit(jobId, 1)
  const sign = {
    connectionId: account.connectionId,
    capability: 'listings',
    operation: 'patchListingsItem',
    requestType: '',
  }
  await saveCapabilitySigns(stage.db, [{ ...sign, state: 'refused', at: new Date() }])

  const shown = await call(bulk, 'getBulkJob', { jobId, state: '', page: undefined }, asking)
  const listed = await call(bulk, 'listBulkJobs', { account: account.id, page: undefined }, asking)

  await saveCapabilitySigns(stage.db, [{ ...sign, state: 'working', at: new Date() }])
  const words = `waits: Amazon denies the calls by which listings are changed; what to grant: lockstep diagnose ${account.name}`
  expect(shown.job).toMatchObject({ state: 'running', detail: words })
  expect(listed.jobs.find(({ id }) => id === jobId)?.detail).toBe(words)
  const after = await call(bulk, 'getBulkJob', { jobId, state: '', page: undefined }, asking)
  expect(after.job?.detail).not.toBe(words)
  await call(bulk, 'cancelBulkJob', { idempotencyKey: aKey(), jobId }, asking)
})

test('a job can be mended and submitted once more; what is missing is noticed', async () => {
  const jobId = await givenOpenJob()
  await add(jobId, [aLine(1, 'B-20', { title: '' }), aLine(2, 'B-21')])
  await refusedWith(submit(jobId, 2))

  await add(jobId, [aLine(1, 'B-20', { title: 'mended' })])
  const short = await refusedWith(submit(jobId, 3))
  const job = await submit(jobId, 2)

  expect(short).toMatchObject({ reason: 'FIELD_INVALID', field: 'total' })
  expect(job).toMatchObject({ kind: 'content', state: 'running', total: 2 })
  const again = await refusedWith(add(jobId, [aLine(3, 'B-22')]))
  expect(again).toMatchObject({ reason: 'BULK_JOB_STATE' })
})

test('a repeat with the same key is the same job', async () => {
  const request = { idempotencyKey: aKey(), account: account.id, quietHours: '', note: '' }

  const first = await call(bulk, 'openBulkJob', request, asking)
  const again = await call(bulk, 'openBulkJob', request, asking)

  expect(again.job?.id).toBe(first.job?.id)
})

test('a paused job goes on, a cancelled one does not', async () => {
  const jobId = await givenOpenJob(farHours())
  await add(jobId, [aLine(1, 'B-30')])
  await submit(jobId, 1)
  const change = (method: 'pauseBulkJob' | 'resumeBulkJob' | 'cancelBulkJob') =>
    call(bulk, method, { idempotencyKey: aKey(), jobId }, asking)

  expect((await change('pauseBulkJob')).job).toMatchObject({ state: 'paused' })
  expect((await change('resumeBulkJob')).job).toMatchObject({ state: 'running' })
  expect((await change('cancelBulkJob')).job).toMatchObject({ state: 'cancelled', skipped: 1, waiting: 0 })
  expect(await refusedWith(change('resumeBulkJob'))).toMatchObject({ reason: 'BULK_JOB_STATE' })
})

test('a newer job takes the place of what an older one has not begun', async () => {
  const older = await givenOpenJob(farHours())
  await add(older, [aLine(1, 'B-40', { title: 'old' }), aLine(2, 'B-41', { title: 'old', price: '2.00' })])
  await submit(older, 2)
  const newer = await givenOpenJob(farHours())
  await add(newer, [aLine(1, 'B-40', { title: 'new' }), aLine(2, 'B-41', { title: 'new' })])

  await submit(newer, 2)

  const { lines } = await call(bulk, 'getBulkJob', { jobId: older, state: '', page: undefined }, asking)
  expect(lines.map(({ state, issue }) => [state, issue])).toEqual([
    ['skipped', `${newer} says something newer`],
    ['waiting', `title: ${newer} says something newer`],
  ])
})

test('hours that are none, an unknown job and an unknown state are refused by name', async () => {
  const open = { idempotencyKey: aKey(), account: account.id, quietHours: '25:00-06:00', note: '' }

  expect(await refusedWith(call(bulk, 'openBulkJob', open, asking))).toMatchObject({ field: 'quiet_hours' })
  const unknown = { jobId: 'job_none', state: '', page: undefined }
  expect(await refusedWith(call(bulk, 'getBulkJob', unknown, asking))).toMatchObject({ reason: 'BULK_JOB_UNKNOWN' })
  const jobId = await givenOpenJob()
  const strange = { jobId, state: 'strange', page: undefined }
  expect(await refusedWith(call(bulk, 'getBulkJob', strange, asking))).toMatchObject({ field: 'state' })
})

test('the hours of an account hold for jobs without their own', async () => {
  const hours = { idempotencyKey: aKey(), account: account.id, quietHours: '22:00-06:00' }

  await call(bulk, 'setQuietHours', hours, asking)
  const jobId = await givenOpenJob()
  const { job } = await call(bulk, 'getBulkJob', { jobId, state: '', page: undefined }, asking)

  expect(job?.quietHours).toBe('22:00-06:00')
})
