import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'

// Source of every shape here: SP-API, Reports 2021-06-30.

/** A report to ask for. Listings reports take one marketplace each. */
export interface ReportWish {
  readonly reportType: string
  /** At most 25. */
  readonly marketplaceIds: readonly string[]
  readonly dataStartTime?: Date
  readonly dataEndTime?: Date
  readonly reportOptions?: Readonly<Record<string, string>>
}

/** How far a report is. A status word we do not know yet counts as still being made. CANCELLED also means that there was nothing to report. */
export type ReportProgress =
  | { readonly kind: 'being_made'; readonly status: string }
  | { readonly kind: 'made'; readonly documentId: string }
  | { readonly kind: 'cancelled' }
  /** Amazon failed to make it; a document, where there is one, says why. */
  | { readonly kind: 'fatal'; readonly documentId: string | null }

/** Where a report's bytes are. The address is presigned and lives five minutes: never log or keep it. */
export interface ReportDocument {
  readonly documentId: string
  readonly url: string
  readonly compression: 'GZIP' | null
}

/** Asks for a report. Not repeatable: each call makes another one. */
export function createReportCall(wish: ReportWish): DescribedCall {
  const { reportType, marketplaceIds, dataStartTime, dataEndTime, reportOptions } = wish
  return describeCall('createReport', {
    json: {
      reportType,
      marketplaceIds,
      dataStartTime: dataStartTime?.toISOString(),
      dataEndTime: dataEndTime?.toISOString(),
      reportOptions,
    },
  })
}

/** Asks how far a report is. */
export function getReportCall(reportId: string): DescribedCall {
  return describeCall('getReport', { path: { reportId } })
}

/** Asks where a report's bytes are. */
export function getReportDocumentCall(reportDocumentId: string): DescribedCall {
  return describeCall('getReportDocument', { path: { reportDocumentId } })
}

/** The id of the report that was asked for, or undefined for a body that is no such reply. */
export function readCreatedReport(body: Uint8Array): string | undefined {
  const read = z.object({ reportId: z.string().min(1) }).safeParse(jsonOf(body))
  return read.success ? read.data.reportId : undefined
}

const ReportShape = z.object({ processingStatus: z.string().min(1), reportDocumentId: z.string().min(1).nullish() })

/** How far a report is, or undefined for a body that is no report. */
export function readReport(body: Uint8Array): ReportProgress | undefined {
  const read = ReportShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const { processingStatus: status, reportDocumentId: documentId } = read.data
  switch (status) {
    case 'DONE':
      return documentId ? { kind: 'made', documentId } : undefined
    case 'CANCELLED':
      return { kind: 'cancelled' }
    case 'FATAL':
      return { kind: 'fatal', documentId: documentId ?? null }
    default:
      return { kind: 'being_made', status }
  }
}

const DocumentShape = z.object({
  reportDocumentId: z.string().min(1),
  url: z.url(),
  compressionAlgorithm: z.string().nullish(),
})

/** Where a report's bytes are; undefined for a body that is no document or names a compression nobody knows. */
export function readReportDocument(body: Uint8Array): ReportDocument | undefined {
  const read = DocumentShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const { reportDocumentId: documentId, url, compressionAlgorithm } = read.data
  if (compressionAlgorithm && compressionAlgorithm !== 'GZIP') return undefined
  return { documentId, url, compression: compressionAlgorithm ? 'GZIP' : null }
}
