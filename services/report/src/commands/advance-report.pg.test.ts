import { expect, test } from '@jest/globals'
import { tidyUp } from '@lockstep/postgres/housekeeping'

import { announcedVerbs, aRequest, cp1252, openStage, requested } from '../../test/report-stage.ts'
import { oldRows, readColumns, readRows } from '../store/report-rows.ts'
import { findReport } from '../store/reports.ts'
import { requestReport } from './request-report.ts'

const daysBefore = (days: number): Date => new Date(Date.now() - days * 24 * HOUR_MS)

/** Any text that holds this one. */
const containing = (part: string): unknown => expect.stringContaining(part)

const HOUR_MS = 60 * 60_000
type Stage = Awaited<ReturnType<typeof openStage>>

const made = { kind: 'made', documentId: 'doc-1' } as const
const rowsOf = (stage: Stage, reportId: string) => readRows(stage.db, { reportId, after: 0, limit: 10_000 })

/** Submitted, seen as done, ready to be fetched. */
async function available(stage: Stage): Promise<string> {
  const id = await requested(stage)
  await stage.advance(id)
  stage.amazon.progress = made
  await stage.advance(id)
  return id
}

test('[S004-63] a report is Submitted, Available, then Processed, and each is announced', async () => {
  await using stage = await openStage()
  stage.document.body = cp1252('seller-sku\titem-name\nTEST_SS7052\tCaf\xe9 \x80 5\n')
  const id = await requested(stage)

  const states: unknown[] = [(await findReport(stage.db, id))?.state]
  await stage.advance(id)
  await stage.advance(id)
  states.push((await findReport(stage.db, id))?.state)
  stage.amazon.progress = made
  await stage.advance(id)
  states.push((await findReport(stage.db, id))?.state)
  await stage.advance(id)
  states.push((await findReport(stage.db, id))?.state)

  expect(states).toEqual(['submitted', 'submitted', 'available', 'processed'])
  expect(await announcedVerbs(stage.db)).toEqual(['available', 'processed'])
  expect(await readColumns(stage.db, id)).toEqual(['seller-sku', 'item-name'])
  expect((await rowsOf(stage, id)).map(({ cells }) => cells)).toEqual([['TEST_SS7052', 'Café € 5']])
})

test('a compressed document of thousands of rows comes whole and in order', async () => {
  await using stage = await openStage()
  stage.document.body = cp1252(
    `seller-sku\n${Array.from({ length: 2_500 }, (_none, index) => `SKU-${String(index)}\n`).join('')}`,
  )
  stage.compress()

  const id = await available(stage)
  await stage.advance(id)

  const rows = await rowsOf(stage, id)
  expect(rows).toHaveLength(2_500)
  expect(rows.every((row, index) => row.number === index + 1 && row.cells[0] === `SKU-${String(index)}`)).toBe(true)
})

test('a download that breaks off is begun again, and no row comes twice', async () => {
  await using stage = await openStage()
  stage.document.body = cp1252(
    `seller-sku\n${Array.from({ length: 3_000 }, (_none, index) => `SKU-${String(index)}\n`).join('')}`,
  )
  stage.document.cutAfter = 20_000
  const id = await available(stage)

  await stage.advance(id)
  expect(await findReport(stage.db, id)).toMatchObject({
    state: 'available',
    reason: containing('broke off'),
  })
  delete stage.document.cutAfter
  await stage.advance(id)

  expect(await findReport(stage.db, id)).toMatchObject({ state: 'processed', rows: 3_000 })
  expect(await rowsOf(stage, id)).toHaveLength(3_000)
})

test('a process that was killed while it stored rows leaves nothing double', async () => {
  await using stage = await openStage()
  stage.document.body = cp1252('seller-sku\nA\nB\n')
  const id = await available(stage)
  await stage.db
    .insertInto('report_row')
    .values({ report_id: id, number: 1, cells: ['STALE'], lost_characters: false })
    .execute()

  await stage.advance(id)

  expect((await rowsOf(stage, id)).map(({ cells }) => cells[0])).toEqual(['A', 'B'])
})

test.each([
  {
    what: '[T-62] translated headers',
    contentType: 'text/plain; charset=Cp1252',
    text: 'H\xe4ndler-SKU\nA\n',
    reason: 'no column "seller-sku"',
  },
  {
    what: 'a charset nobody knows',
    contentType: 'text/plain; charset=EBCDIC-XYZ',
    text: 'seller-sku\nA\n',
    reason: 'cannot be decoded',
  },
])('$what: the report fails, nothing of it is taken in', async ({ contentType, text, reason }) => {
  await using stage = await openStage()
  Object.assign(stage.document, { contentType, body: cp1252(text) })
  const id = await available(stage)

  await stage.advance(id)

  expect(await findReport(stage.db, id)).toMatchObject({
    state: 'failed',
    reason: containing(reason),
  })
  expect(await rowsOf(stage, id)).toEqual([])
  expect(await announcedVerbs(stage.db)).toEqual(['available', 'failed'])
})

test('an address that has run out is asked for afresh', async () => {
  await using stage = await openStage()
  stage.document.status = 403
  const id = await available(stage)

  await stage.advance(id)

  expect(await findReport(stage.db, id)).toMatchObject({
    state: 'available',
    reason: containing('403'),
  })
})

test.each([
  { progress: { kind: 'cancelled' } as const, reason: 'no data' },
  { progress: { kind: 'fatal', documentId: null } as const, reason: 'FATAL' },
])('[S004-64] a report that Amazon ends as $progress.kind is Failed, with the reason', async ({ progress, reason }) => {
  await using stage = await openStage()
  const id = await requested(stage)
  await stage.advance(id)
  stage.amazon.progress = progress

  await stage.advance(id)

  expect(await findReport(stage.db, id)).toMatchObject({
    state: 'failed',
    reason: containing(reason),
    nextCheckAt: undefined,
  })
})

test('a report that never comes fails after six hours', async () => {
  await using stage = await openStage()
  const id = await requested(stage)
  await stage.advance(id)
  stage.clock.advance(6 * HOUR_MS + 1)

  await stage.advance(id)

  expect(await findReport(stage.db, id)).toMatchObject({ state: 'failed' })
})

test('a role that is missing fails the report at once, with what to do', async () => {
  await using stage = await openStage()
  stage.amazon.create = { kind: 'refused', detail: 'Amazon denies createReport: grant the role' }
  const id = await requested(stage)

  await stage.advance(id)

  expect(await findReport(stage.db, id)).toMatchObject({
    state: 'failed',
    reason: containing('grant the role'),
  })
})

test('rows of a report are forgotten after thirty days, the report stays', async () => {
  await using stage = await openStage()
  stage.document.body = cp1252('seller-sku\nA\n')
  const id = await available(stage)
  await stage.advance(id)
  const tidy = () => tidyUp(stage.db, { also: [oldRows] })

  await stage.db
    .updateTable('report')
    .set({ state_at: daysBefore(29) })
    .execute()
  expect(await tidy()).toBe(0)
  await stage.db
    .updateTable('report')
    .set({ state_at: daysBefore(31) })
    .execute()
  expect(await tidy()).toBe(1)

  expect(await findReport(stage.db, id)).toMatchObject({ state: 'processed', rows: 1 })
})

test('[R09] a second request while one is under way gets the first, and a repeat its first answer', async () => {
  await using stage = await openStage()
  const first = await requestReport(stage.requestDeps, aRequest())
  const repeat = await requestReport(stage.requestDeps, aRequest())
  const second = await requestReport(stage.requestDeps, aRequest({ idempotencyKey: 'key-2' }))

  expect(repeat).toEqual(first)
  expect(second).toMatchObject({ kind: 'requested', alreadyUnderWay: true })
  expect(await stage.db.selectFrom('report').select('id').execute()).toHaveLength(1)
})

test.each([
  ['REPORT_TYPE_UNKNOWN', { reportType: 'GET_WEATHER' }],
  ['ACCOUNT_UNKNOWN', { accountId: 'acc_9' }],
])('%s: a request that cannot be served leaves no trace', async (reason, change) => {
  await using stage = await openStage()

  const result = await requestReport(stage.requestDeps, aRequest(change))

  expect(result).toMatchObject({ kind: 'refused', reason })
  expect(await stage.db.selectFrom('report').select('id').execute()).toEqual([])
})
