import type {
  BulkJob as BulkJobMessage,
  BulkJobLine as BulkJobLineMessage,
  Feed as FeedMessage,
} from '@lockstep/contracts/generated/lockstep/channel/v1/bulk_service.ts'

import { quietHoursText } from '../domain/quiet-hours.ts'
import type { BulkJob, BulkJobLine } from '../store/bulk-jobs.ts'
import type { Feed } from '../store/feeds.ts'

/** A job over gRPC. */
export function bulkJobMessage(job: BulkJob): BulkJobMessage {
  const { id, accountId, accountName, kind, state, detail, actor, note, total, lines, createdAt, stateAt } = job
  return {
    id,
    accountId,
    accountName,
    kind,
    state,
    detail,
    actor,
    note,
    total,
    createdAt,
    stateAt,
    quietHours: job.quietHours ? quietHoursText(job.quietHours) : '',
    waiting: lines.waiting ?? 0,
    inFeed: lines.in_feed ?? 0,
    patching: lines.patching ?? 0,
    accepted: lines.accepted ?? 0,
    refused: lines.refused ?? 0,
    skipped: lines.skipped ?? 0,
    submittedAt: job.submittedAt ?? undefined,
  }
}

/** A line of a job over gRPC. */
export function bulkLineMessage({ change, ...line }: BulkJobLine): BulkJobLineMessage {
  return {
    ...line,
    title: change.title,
    description: change.description,
    price: change.price && { minor: BigInt(change.price.minor), currency: change.price.currency },
    feedId: line.feedId ?? '',
    submissionId: line.submissionId ?? '',
  }
}

/** A feed over gRPC. */
export function feedMessage({ nextAt, ...feed }: Feed): FeedMessage {
  return {
    ...feed,
    channelFeedId: feed.channelFeedId ?? '',
    jobId: feed.jobId ?? '',
    submittedAt: feed.submittedAt ?? undefined,
    endedAt: feed.endedAt ?? undefined,
    nextCheckAt: nextAt ?? undefined,
  }
}
