import type { Ids } from '@lockstep/contracts/ids'
import type { Lane } from '@lockstep/pacing/lanes'
import { backoffMs } from '@lockstep/postgres/wakeup'
import type { DescribedCall } from '@lockstep/sp-api/call'
import type { DocumentDownload, DocumentUpload, DownloadOutcome, UploadOutcome } from '@lockstep/sp-api/documents'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'

import type { AmazonReply } from '../domain/amazon-reply.ts'
import type { ChannelDb } from '../store/database.ts'
import type { FeedRow } from '../store/feed-rows.ts'
import type { CallAmazon } from './read-live.ts'

/** What working on feeds needs. */
export interface FeedDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  log: Logger
  callAmazon: CallAmazon
  documents: FeedDocuments
  timings: FeedTimings
  /** Something may be due: numbers, feeds or plans. */
  poke(): void
}

/** Documents at presigned addresses, straight to and from Amazon's storage. */
export interface FeedDocuments {
  put(upload: Omit<DocumentUpload, 'timeoutMs'>): Promise<UploadOutcome>
  get(download: Omit<DocumentDownload, 'timeoutMs' | 'maxBytes'>): Promise<DownloadOutcome>
}

/** How often feeds are looked at. */
export interface FeedTimings {
  /** Between two looks at a feed that Amazon works on. */
  pollMs: number
  /** How long a createFeed without an answer may still turn up in Amazon's list; longer than the request may take. */
  settleMs: number
  /** Between two plans of a connection that has work. */
  planMs: number
}

/** The times of a usual installation. */
export const usualFeedTimings: FeedTimings = { pollMs: 15_000, settleMs: 60_000, planMs: 5_000 }

/** How long a call of a feed waits for its token; without one it is planned for later. */
const tokenWaitMs = 4_000

/** Makes one call for a feed, in the lane of its purpose. */
export function callForFeed(
  deps: Pick<FeedDeps, 'callAmazon'>,
  feed: Pick<FeedRow, 'connection_id' | 'purpose'>,
  { call, signal }: { call: DescribedCall; signal: AbortSignal },
): Promise<AmazonReply> {
  const lane: Lane = feed.purpose === 'stock' ? 'urgent_stock' : feed.purpose
  return deps.callAmazon({
    ...call,
    connectionId: feed.connection_id,
    ...(call.operation === 'createFeed' && { lane }),
    notAfter: new Date(Date.now() + tokenWaitMs),
    signal,
  })
}

/** How long to wait before a call that brought nothing is made again. */
export function pauseMsAfter(reply: AmazonReply, tries = 3): number {
  if (reply.throttledUntil) return Math.max(1_000, reply.throttledUntil.getTime() - Date.now())
  return turnedAway.has(reply.outcome) ? 60_000 : backoffMs(tries)
}

/** Amazon would turn the next call of the connection away too. */
export const turnedAway: ReadonlySet<AmazonReply['outcome']> = new Set<AmazonReply['outcome']>([
  'denied',
  'authorisation_revoked',
  'application_credentials',
  'wrong_region',
])
