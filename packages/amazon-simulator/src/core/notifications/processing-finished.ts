import type { Region } from '../marketplaces.ts'
import type { World } from '../world.ts'
import { emitNotification } from './emit-notification.ts'

/** A report or a feed at its end. `documentId` is the report, or the processing report of a feed. */
export interface Processed {
  sellerId: string
  region: Region
  id: string
  type: string
  status: 'CANCELLED' | 'DONE' | 'FATAL'
  documentId: string | null
  at: number
}

/** Tells that a report is done, empty or failed. */
export function announceReport(world: World, report: Processed): void {
  const named = { reportId: report.id, reportType: report.type, processingStatus: report.status }
  const document = report.documentId === null ? {} : { reportDocumentId: report.documentId }
  const payload = { reportProcessingFinishedNotification: { ...owner(report), ...named, ...document } }
  emitNotification(world, { seller: report, type: 'REPORT_PROCESSING_FINISHED', payload, at: report.at })
}

/** Tells that a feed is done, cancelled or failed. */
export function announceFeed(world: World, feed: Processed): void {
  const named = { feedId: feed.id, feedType: feed.type, processingStatus: feed.status }
  const document = feed.documentId === null ? {} : { resultFeedDocumentId: feed.documentId }
  const payload = { feedProcessingFinishedNotification: { ...owner(feed), ...named, ...document } }
  emitNotification(world, { seller: feed, type: 'FEED_PROCESSING_FINISHED', payload, at: feed.at })
}

function owner({ sellerId }: Processed): { accountId: string; sellerId: string } {
  return { accountId: `amzn1.merchant.o.${sellerId}`, sellerId }
}
