import { gunzipSync } from 'node:zlib'
import { beforeEach, expect, test } from '@jest/globals'
import { addFault } from './control/faults.ts'
import type { JsonObject } from './json.ts'
import { listingsReportColumns } from './listings-report.ts'
import type { Settings } from './settings.ts'
import { startInProcess, inProcessSeller, type InProcessAmazon } from '../in-process-client.ts'

const { sellerId } = inProcessSeller
const uk = 'A1F83G8C2ARO7P'
const de = 'A1PA6795UKMFR9'
const reportMs = 600_000
const reportType = 'GET_MERCHANT_LISTINGS_ALL_DATA'
let amazon: InProcessAmazon

beforeEach(() => start({}))

function start(settings: Partial<Settings>): void {
  amazon = startInProcess({ settings: { reportMs, ...settings } })
  const listing = { sellerId, marketplaceId: uk, asin: 'B000000001', quantity: 3 }
  amazon.simulator.putListing({ ...listing, sku: 'CAFÉ-☕-1', title: 'Café “Ünï” ☕\tcup' })
  amazon.simulator.putListing({ ...listing, sku: 'A/B 1+2', title: 'Slash', quantity: 0 })
  amazon.simulator.putListing({ ...listing, sku: 'CLOSED', title: 'Closed', closed: true })
  amazon.simulator.putListing({ ...listing, sku: 'FBA', title: 'Far', fulfillmentChannel: 'AMAZON_EU' })
  amazon.simulator.putListing({ ...listing, sku: 'GERMAN', title: 'Deutsch', marketplaceId: de })
}

const create = (body: JsonObject = {}) =>
  amazon.call('POST', '/reports/2021-06-30/reports', { reportType, marketplaceIds: [uk], ...body })
const get = (reportId: unknown) => amazon.call('GET', `/reports/2021-06-30/reports/${String(reportId)}`).json
const finished = () => {
  const { reportId } = create().json
  amazon.clock.advance(reportMs)
  return get(reportId)
}
const list = (query: string) => amazon.call('GET', `/reports/2021-06-30/reports?${query}`)
const documentOf = (report: JsonObject) =>
  amazon.call('GET', `/reports/2021-06-30/documents/${String(report['reportDocumentId'])}`).json
const download = (url: unknown) => amazon.send({ method: 'GET', target: String(url).replace('http://amazon.test', '') })
const rowsOf = (bytes: Uint8Array) =>
  new TextDecoder('windows-1252')
    .decode(bytes)
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))

test('[S002-7] a report is queued, worked on and done after its time', () => {
  const created = create()
  const status = () => get(created.json['reportId'])['processingStatus']

  expect(created.status).toBe(202)
  expect(status()).toBe('IN_QUEUE')
  amazon.clock.advance(reportMs / 2)
  expect(status()).toBe('IN_PROGRESS')
  amazon.clock.advance(reportMs / 2)
  expect(status()).toBe('DONE')
})

test('[T-60] the listings report has Amazon’s columns, is tab-delimited and declares Cp1252', () => {
  const document = documentOf(finished())
  const { headers, bytes } = download(document['url'])
  const [header, ...rows] = rowsOf(gunzipSync(bytes))

  expect(document['compressionAlgorithm']).toBe('GZIP')
  expect(headers['content-type']).toBe('text/plain; charset=Cp1252')
  expect(header).toEqual([...listingsReportColumns])
  expect(rows.every((row) => row.length === listingsReportColumns.length)).toBe(true)
  const column = (name: (typeof listingsReportColumns)[number]) =>
    rows.map((row) => row[listingsReportColumns.indexOf(name)])
  expect(column('seller-sku')).toEqual(['A/B 1+2', 'CAFÉ-?-1', 'CLOSED', 'FBA'])
  expect(column('item-name')[1]).toBe('Café “Ünï” ? cup')
  expect(column('quantity')).toEqual(['0', '3', '3', ''])
  expect(column('status')).toEqual(['Inactive', 'Active', 'Inactive', 'Active'])
  expect(column('fulfillment-channel')).toEqual(['DEFAULT', 'DEFAULT', 'DEFAULT', 'AMAZON_EU'])
})

test('a report covers one marketplace: the first id', () => {
  const { reportId } = create({ marketplaceIds: [de, uk] }).json
  amazon.clock.advance(reportMs)
  const report = get(reportId)

  expect(report['marketplaceIds']).toEqual([de])
  expect(rowsOf(gunzipSync(download(documentOf(report)['url']).bytes))).toHaveLength(2)
})

test('a plain document has no compression algorithm', () => {
  start({ reportGzip: false, reportCharset: 'UTF-8' })
  const document = documentOf(finished())
  const { bytes, headers } = download(document['url'])

  expect(document).not.toHaveProperty('compressionAlgorithm')
  expect(headers['content-type']).toBe('text/plain; charset=UTF-8')
  expect(new TextDecoder().decode(bytes)).toContain('CAFÉ-☕-1')
})

test('[T-58] a presigned URL lives five minutes and cannot be altered', () => {
  const { url } = documentOf(finished())

  expect(download(url).status).toBe(200)
  expect(download(String(url).replace(/expires=\d/, 'expires=9')).status).toBe(403)
  amazon.clock.advance(300_001)
  expect(download(url).status).toBe(403)
})

test('a marketplace without listings cancels its report', () => {
  const { reportId } = create({ marketplaceIds: ['A13V1IB3VIYZZH'] }).json
  amazon.clock.advance(reportMs)

  expect(get(reportId)).toMatchObject({ processingStatus: 'CANCELLED' })
  expect(get(reportId)).not.toHaveProperty('reportDocumentId')
})

test.each([
  ['report-fatal', 'FATAL'],
  ['report-cancelled', 'CANCELLED'],
])('fault %s ends a report as %s', (action, status) => {
  addFault(amazon.simulator.world, { match: { sellerId }, action, count: 1 }, amazon.clock.now())

  expect(finished()['processingStatus']).toBe(status)
  expect(finished()['processingStatus']).toBe('DONE')
})

test.each([
  ['no type', { reportType: undefined }],
  ['a type that is not made here', { reportType: 'GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA' }],
  ['no marketplace', { marketplaceIds: [] }],
  ['26 marketplaces', { marketplaceIds: Array.from({ length: 26 }, () => uk) }],
  ['a start that is no date', { dataStartTime: 'today' }],
])('createReport with %s answers 400', (_name, body) => {
  expect(create(body).status).toBe(400)
})

test('[T-64] getReports lists newest first, page by page, and takes its token alone', () => {
  const reportIds = Array.from({ length: 3 }, () => {
    amazon.clock.advance(1000)
    return create().json['reportId']
  })
  const first = list(`reportTypes=${reportType}&pageSize=2`).json as {
    reports: { reportId: string }[]
    nextToken: string
  }
  const second = list(`nextToken=${first.nextToken}`).json as { reports: { reportId: string }[] }

  expect([...first.reports, ...second.reports].map(({ reportId }) => reportId)).toEqual(reportIds.toReversed())
  expect(list(`nextToken=${first.nextToken}&pageSize=2`).status).toBe(400)
  expect(list('').status).toBe(400)
})

test('a report in the queue can be cancelled, a later one cannot', () => {
  const { reportId } = create().json
  const cancel = () => amazon.call('DELETE', `/reports/2021-06-30/reports/${String(reportId)}`).status

  expect(cancel()).toBe(200)
  expect(get(reportId)['processingStatus']).toBe('CANCELLED')
  expect(cancel()).toBe(400)
})
