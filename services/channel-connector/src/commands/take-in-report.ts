import { failpoint } from '@lockstep/postgres/failpoint'
import { getFeedDocumentCall, readFeedDocument } from '@lockstep/sp-api/feeds'
import { type FeedReport, readProcessingReport } from '@lockstep/sp-api/processing-report'

import { type FeedRow, inMs, listSentMessages, saveFeed } from '../store/feed-rows.ts'
import { endFeed } from './end-feed.ts'
import { callForFeed, type FeedDeps, pauseMsAfter } from './feed-work.ts'

const againMs = 10_000
/** A report that cannot be had or read by then is taken as saying nothing. */
const patienceMs = 1_800_000

/** [T-31] [T-56] Ends a feed that is done with what its processing report says of each message. What it does not speak of is no success. */
export async function takeInReport(
  deps: FeedDeps,
  feed: FeedRow,
  { documentId, signal }: { documentId: string | null; signal: AbortSignal },
): Promise<void> {
  if (documentId === null) return endFeed(deps, feed, { kind: 'done', report: undefined })
  const kept =
    feed.result_document_id === documentId ? feed : await saveFeed(deps.db, feed, { result_document_id: documentId })
  failpoint('feed:before-report')
  const reply = await callForFeed(deps, feed, { call: getFeedDocumentCall(documentId), signal })
  const document = reply.outcome === 'accepted' ? readFeedDocument(reply.body) : undefined
  if (!document) return waitForReport(deps, kept, { detail: reply.detail, afterMs: pauseMsAfter(reply) })
  const { url, compression } = document
  const fetched = await deps.documents.get({ url, compression, signal })
  if (fetched.kind !== 'read') {
    const detail = 'detail' in fetched ? fetched.detail : `the processing report is ${fetched.kind}`
    return waitForReport(deps, kept, { detail, afterMs: againMs })
  }
  const report = readProcessingReport(fetched.bytes, await listSentMessages(deps.db, feed.id))
  return endBy(deps, kept, report)
}

async function endBy(deps: FeedDeps, feed: FeedRow, report: FeedReport): Promise<void> {
  switch (report.kind) {
    case 'read':
      return endFeed(deps, feed, { kind: 'done', report: report.outcomes })
    case 'rejected':
      // [T-54] Not one message was looked at: the feed itself is wrong, and so is every other built like it.
      return endFeed(deps, feed, { kind: 'fatal', detail: report.detail })
    case 'unreadable':
      return waitForReport(deps, feed, { detail: 'the processing report cannot be read', afterMs: againMs })
    default:
      return report satisfies never
  }
}

async function waitForReport(
  deps: FeedDeps,
  feed: FeedRow,
  { detail, afterMs }: { detail: string; afterMs: number },
): Promise<void> {
  const waiting = await saveFeed(deps.db, feed, { detail, next_at: inMs(afterMs) })
  const now = (waiting.next_at?.getTime() ?? 0) - afterMs
  if (now < feed.deadline_at.getTime() + patienceMs) return
  await endFeed(deps, waiting, { kind: 'done', report: undefined })
}
