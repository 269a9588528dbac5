import { gzipSync } from 'node:zlib'
import { encodeText } from './charset.ts'
import { isJsonObject, quoted, readOwnJson } from './json.ts'
import { listingsReport } from './listings-report.ts'
import { announceReport } from './notifications/processing-finished.ts'
import { listingsReportRoles } from './operations.ts'
import { isPresigned, presign } from './presigned.ts'
import { checkMarketplaces, integerOf, listOf, type Query } from './query.ts'
import type { Report, ReportOutcome, Seller } from './records.ts'
import { invalidInput, notFound, typeForbidden } from './refusals.ts'
import { isoMillis, parseIso } from './times.ts'
import { sellerKeyOf, type World } from './world.ts'

/** The report types the simulator makes. */
export const reportTypes = ['GET_MERCHANT_LISTINGS_ALL_DATA'] as const
const statuses = ['CANCELLED', 'DONE', 'FATAL', 'IN_PROGRESS', 'IN_QUEUE'] as const
/** A listings report of a large seller has megabytes. */
const keptDocuments = 100
const listedForMs = 90 * 24 * 3600 * 1000

/** Queues a report. A listings report covers one marketplace, the first id. Source: Reports 2021-06-30, createReport. */
export function createReport(
  world: World,
  seller: Seller,
  call: { body: unknown; outcome: ReportOutcome; now: number },
): { reportId: string } {
  const { reportType, marketplaceIds, dataStartTime, dataEndTime } = isJsonObject(call.body) ? call.body : {}
  if (!reportTypes.some((type) => type === reportType)) {
    throw invalidInput(
      `Report type '${quoted(reportType)}' is not one this simulator makes: ${reportTypes.join(', ')}.`,
    )
  }
  requireListingsReportRole(seller)
  if (!isTextList(marketplaceIds) || marketplaceIds.length === 0 || marketplaceIds.length > 25) {
    throw invalidInput("'marketplaceIds' must be a list of 1 to 25 marketplace ids.")
  }
  checkMarketplaces(seller, marketplaceIds, invalidInput)
  const { reportMs } = world.settings
  const report: Report = {
    reportId: world.ids.digits('report', 12),
    sellerId: seller.sellerId,
    region: seller.region,
    reportType: quoted(reportType),
    marketplaceIds: marketplaceIds.slice(0, 1),
    dataStartTime: readTime('dataStartTime', dataStartTime),
    dataEndTime: readTime('dataEndTime', dataEndTime),
    createdAt: call.now,
    startsAt: call.now + Math.round(reportMs / 5),
    endsAt: call.now + reportMs,
    outcome: call.outcome,
    documentId: null,
    finished: false,
  }
  world.reports.save(report)
  return { reportId: report.reportId }
}

/** Finishes every report whose time has come, with the listings as they are at this moment. */
export function finishReports(world: World, seller: Seller, now: number): void {
  for (const report of world.reports.inGroup(sellerKeyOf(seller))) {
    if (!report.finished && report.endsAt <= now) finish(world, seller, { report, now })
  }
}

function finish(world: World, seller: Seller, what: { report: Report; now: number }): void {
  const { report, now } = what
  const text =
    report.outcome === 'DONE'
      ? listingsReport(world, seller, { marketplaceId: report.marketplaceIds[0] ?? '', now })
      : undefined
  report.finished = true
  if (report.outcome === 'DONE' && text === undefined) report.outcome = 'CANCELLED'
  if (text !== undefined) {
    const { reportCharset: charset, reportGzip: gzip } = world.settings
    const documentId = `amzn1.spdoc.1.4.${seller.region.toLowerCase()}.${world.ids.uuid('document')}.T${world.ids.hex('document', 12)}`
    const owner = { sellerId: seller.sellerId, region: seller.region }
    world.documents.save({ ...owner, documentId, text, charset, gzip, createdAt: now })
    report.documentId = documentId
    forgetOldDocuments(world)
  }
  world.reports.save(report)
  announceEnd(world, report)
}

function announceEnd(world: World, report: Report): void {
  const { sellerId, region, reportId: id, reportType: type, outcome: status, documentId, endsAt: at } = report
  announceReport(world, { sellerId, region, id, type, status, documentId, at })
}

/** Old documents go first; the report that names one then answers 404 for it, as after Amazon's retention. */
function forgetOldDocuments(world: World): void {
  const excess = world.documents.size - keptDocuments
  if (excess <= 0) return
  const oldestFirst = [...world.documents.all()].toSorted((a, b) => a.createdAt - b.createdAt)
  for (const document of oldestFirst.slice(0, excess)) world.documents.remove(document)
}

/** The answer body of getReport. */
export function getReportView(world: World, seller: Seller, call: { reportId: string; now: number }): unknown {
  return reportView(findReport(world, seller, call), call.now)
}

/** The answer body of getReports: newest first, 90 days back. */
export function getReportsView(world: World, seller: Seller, call: { query: Query; now: number }): unknown {
  finishReports(world, seller, call.now)
  const filter = readReportsQuery(world, call.query, call.now)
  const found = world.reports
    .inGroup(sellerKeyOf(seller))
    .filter((report) => report.createdAt >= filter.since && report.createdAt <= filter.until)
    .filter((report) => filter.types.includes(report.reportType))
    .filter(
      (report) => !filter.marketplaceIds || report.marketplaceIds.some((id) => filter.marketplaceIds?.includes(id)),
    )
    .filter((report) => !filter.statuses || filter.statuses.includes(statusOf(report, call.now)))
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.reportId < b.reportId ? -1 : 1))
  const page = found.slice(filter.offset, filter.offset + filter.pageSize)
  const rest = found.length > filter.offset + filter.pageSize
  const { offset: _offset, ...asked } = filter
  return {
    reports: page.map((report) => reportView(report, call.now)),
    ...(rest ? { nextToken: encodeToken(world, { ...asked, offset: filter.offset + filter.pageSize }) } : {}),
  }
}

interface ReportsFilter {
  types: readonly string[]
  marketplaceIds: string[] | null
  statuses: readonly (typeof statuses)[number][] | null
  since: number
  until: number
  pageSize: number
  offset: number
}

function readReportsQuery(world: World, query: Query, now: number): ReportsFilter {
  const token = query.find('nextToken')
  if (token !== undefined) {
    if ([...query.params.keys()].length > 1) throw invalidInput("'nextToken' must be the only parameter.")
    return decodeToken(world, token)
  }
  const types = listOf(query, 'reportTypes', { allowed: reportTypes, complain: invalidInput })
  if (!types || types.length > 10) throw invalidInput("'reportTypes' needs 1 to 10 report types.")
  return {
    types,
    marketplaceIds: query.list('marketplaceIds') ?? null,
    statuses: listOf(query, 'processingStatuses', { allowed: statuses, complain: invalidInput }) ?? null,
    since: parseIso(query.find('createdSince') ?? '') ?? now - listedForMs,
    until: parseIso(query.find('createdUntil') ?? '') ?? now,
    pageSize: integerOf(query, 'pageSize', { min: 1, max: 100, otherwise: 10, complain: invalidInput }),
    offset: 0,
  }
}

/** cancelReport: only a report that is still in the queue. */
export function cancelReport(world: World, seller: Seller, call: { reportId: string; now: number }): void {
  const report = findReport(world, seller, call)
  if (statusOf(report, call.now) !== 'IN_QUEUE')
    throw invalidInput(`Report ${report.reportId} is not in the queue any more.`)
  Object.assign(report, { outcome: 'CANCELLED', finished: true, endsAt: call.now })
  world.reports.save(report)
  announceEnd(world, report)
}

/** A presigned download: where, until when (5 minutes), compressed or not. */
export function getReportDocumentView(
  world: World,
  seller: Seller,
  call: { documentId: string; origin: string; now: number },
): unknown {
  const document = world.documents.find(call.documentId)
  if (!document || sellerKeyOf(document) !== sellerKeyOf(seller))
    throw notFound(`Report document '${call.documentId}' was not found.`)
  const url = `${call.origin}/documents/${encodeURIComponent(call.documentId)}`
  return {
    reportDocumentId: call.documentId,
    url: presign(world, { url, subject: call.documentId, now: call.now }),
    ...(document.gzip ? { compressionAlgorithm: 'GZIP' } : {}),
  }
}

/** The bytes behind a presigned URL with their declared charset, or undefined when the URL is wrong or too old. */
export function downloadDocument(
  world: World,
  call: { documentId: string; query: Query; now: number },
): { bytes: Uint8Array; contentType: string; sellerId: string } | undefined {
  const document = world.documents.find(call.documentId)
  if (!document || !isPresigned(world, { ...call, subject: call.documentId })) return undefined
  const bytes = encodeText(document.text, document.charset)
  return {
    bytes: document.gzip ? gzipSync(bytes) : bytes,
    contentType: `text/plain; charset=${document.charset}`,
    sellerId: document.sellerId,
  }
}

/** Every type the simulator makes is a listings report. */
function requireListingsReportRole(seller: Seller): void {
  if (!listingsReportRoles.some((role) => seller.roles.includes(role))) throw typeForbidden()
}

function findReport(world: World, seller: Seller, call: { reportId: string; now: number }): Report {
  finishReports(world, seller, call.now)
  const report = world.reports.find(call.reportId)
  if (!report || sellerKeyOf(report) !== sellerKeyOf(seller)) throw notFound(`Report '${call.reportId}' was not found.`)
  requireListingsReportRole(seller)
  return report
}

function statusOf(report: Report, now: number): (typeof statuses)[number] {
  if (report.finished) return report.outcome
  return now < report.startsAt ? 'IN_QUEUE' : 'IN_PROGRESS'
}

function reportView(report: Report, now: number): Record<string, unknown> {
  const status = statusOf(report, now)
  return {
    reportId: report.reportId,
    reportType: report.reportType,
    marketplaceIds: report.marketplaceIds,
    createdTime: isoMillis(report.createdAt),
    ...(report.dataStartTime === null ? {} : { dataStartTime: report.dataStartTime }),
    ...(report.dataEndTime === null ? {} : { dataEndTime: report.dataEndTime }),
    processingStatus: status,
    ...(now >= report.startsAt ? { processingStartTime: isoMillis(report.startsAt) } : {}),
    ...(report.finished ? { processingEndTime: isoMillis(report.endsAt) } : {}),
    ...(report.documentId === null ? {} : { reportDocumentId: report.documentId }),
  }
}

function readTime(name: string, value: unknown): string | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' && parseIso(value) !== undefined) return value
  throw invalidInput(`Value '${quoted(value)}' of '${name}' is not an ISO 8601 date-time.`)
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function encodeToken(world: World, filter: ReportsFilter): string {
  const content = JSON.stringify(filter)
  return Buffer.from(`${world.ids.signature(content)}${content}`).toString('base64url')
}

function decodeToken(world: World, token: string): ReportsFilter {
  const text = Buffer.from(token, 'base64url').toString()
  if (world.ids.signature(text.slice(32)) !== text.slice(0, 32)) throw invalidInput("'nextToken' is not valid.")
  return readOwnJson(text.slice(32))
}
