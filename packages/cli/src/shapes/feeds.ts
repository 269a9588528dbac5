import type {
  BulkJob,
  BulkJobLine,
  Feed,
  ListFeedsResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/bulk_service.ts'

import { isoTime, moneyShape, textOrNull } from './values.ts'

/** A job of feeds list, submit, show, pause, resume, cancel. */
export const bulkJobShape = (job: BulkJob | undefined) => ({
  id: job?.id ?? '',
  account: job?.accountId ?? '',
  account_name: job?.accountName ?? '',
  kind: job?.kind ?? '',
  state: job?.state ?? '',
  detail: textOrNull(job?.detail ?? ''),
  actor: job?.actor ?? '',
  note: textOrNull(job?.note ?? ''),
  quiet_hours: textOrNull(job?.quietHours ?? ''),
  total: job?.total ?? 0,
  waiting: job?.waiting ?? 0,
  in_feed: job?.inFeed ?? 0,
  patching: job?.patching ?? 0,
  accepted: job?.accepted ?? 0,
  refused: job?.refused ?? 0,
  skipped: job?.skipped ?? 0,
  created_at: isoTime(job?.createdAt),
  submitted_at: isoTime(job?.submittedAt),
  state_at: isoTime(job?.stateAt),
})

/** A line of feeds show. */
export const bulkLineShape = (line: BulkJobLine) => ({
  line: line.line,
  channel_sku: line.channelSku,
  title: line.title ?? null,
  description: line.description ?? null,
  price: moneyShape(line.price),
  state: line.state,
  issue: textOrNull(line.issue),
  feed: textOrNull(line.feedId),
  submission_id: textOrNull(line.submissionId),
  state_at: isoTime(line.stateAt),
})

/** A feed of feeds show and feeds amazon. */
export const feedShape = (feed: Feed) => ({
  id: feed.id,
  purpose: feed.purpose,
  state: feed.state,
  detail: textOrNull(feed.detail),
  channel_feed_id: textOrNull(feed.channelFeedId),
  job: textOrNull(feed.jobId),
  items: feed.items,
  bytes: feed.bytes,
  accepted: feed.accepted,
  refused: feed.refused,
  missing: feed.missing,
  superseded: feed.superseded,
  planned_at: isoTime(feed.plannedAt),
  submitted_at: isoTime(feed.submittedAt),
  deadline_at: isoTime(feed.deadlineAt),
  ended_at: isoTime(feed.endedAt),
  next_check_at: isoTime(feed.nextCheckAt),
})

/** feeds amazon. */
export const feedsShape = (answer: ListFeedsResponse) => ({
  feeds: answer.feeds.map(feedShape),
  stops: answer.stops.map((stop) => ({ purpose: stop.purpose, since: isoTime(stop.since), detail: stop.detail })),
  estimate: {
    fixed_seconds: answer.estimate?.fixedSeconds ?? 0,
    items_per_second: answer.estimate?.itemsPerSecond ?? 0,
    samples: answer.estimate?.samples ?? 0,
  },
  next_page_token: textOrNull(answer.nextPageToken),
})
