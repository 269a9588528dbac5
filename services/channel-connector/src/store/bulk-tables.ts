import type { FeedEstimate } from '@lockstep/pacing/estimate'
import type { ColumnType, Generated } from 'kysely'

import type { BulkChange } from '../domain/bulk-change.ts'
import type { BulkItemState, BulkJobState, FeedOutcome, FeedPurpose, FeedState } from '../domain/bulk-states.ts'

type Moment = ColumnType<Date, Date | string | undefined, Date | string>
type MaybeMoment = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
type Json<T> = ColumnType<T, string, string>

interface Claimable {
  next_at: MaybeMoment
  claimed_by: string | null
  claimed_until: MaybeMoment
  attempts: Generated<number>
}

/** Titles, descriptions or prices of many listings of one account, handed in at once. */
export interface BulkJobTable extends Claimable {
  id: string
  account_id: string
  connection_id: string
  /** `price` when nothing but prices changes. */
  kind: Generated<'price' | 'content'>
  state: Generated<BulkJobState>
  /** Why it is where it is; empty when there is nothing to say. */
  detail: Generated<string>
  actor: string
  note: Generated<string>
  /** Minutes of the marketplace's day between which its work may begin; null: the account's hours, or any time. */
  quiet_from: number | null
  quiet_until: number | null
  total: Generated<number>
  /** A number to zero has taken a slice of it out of Amazon's queue; none may do so again. */
  had_cancelled: Generated<boolean>
  created_at: Moment
  submitted_at: MaybeMoment
  state_at: Moment
}

/** One listing of a job. */
export interface BulkJobItemTable {
  job_id: string
  /** Its place in what was handed in, from 1. */
  line: number
  channel_sku: string
  /** The shared-SKU group; null until the job is checked. */
  group_id: string | null
  change: Json<BulkChange>
  state: Generated<BulkItemState>
  /** Why it was refused or skipped, in Amazon's words where it has some. */
  issue: Generated<string>
  feed_id: string | null
  submission_id: string | null
  /** Its feed failed as a whole: what Amazon shows already is not sent again. */
  read_back: Generated<boolean>
  /** Single patches that did not end in an answer. */
  tries: Generated<number>
  not_before: MaybeMoment
  /** A patch of it may be under way until then; null when none is. */
  sending_until: MaybeMoment
  state_at: Moment
}

/** One feed on its way: its row says what is about to be done before it is done. */
export interface FeedTable extends Claimable {
  id: string
  connection_id: string
  /** Whose job it carries a slice of; null for stock. */
  account_id: string | null
  job_id: string | null
  purpose: FeedPurpose
  marketplace_ids: string[]
  state: Generated<FeedState>
  detail: Generated<string>
  /** How many groups a stock feed gathers before it leaves. */
  wanted_items: Generated<number>
  items: Generated<number>
  bytes: Generated<number>
  /** Set once the upload is complete. */
  document_id: string | null
  /** When createFeed was first about to be called; without channel_feed_id its outcome is not known. */
  create_started_at: MaybeMoment
  channel_feed_id: string | null
  result_document_id: string | null
  /** Why it is to be taken out of Amazon's queue. */
  cancel_requested: string | null
  /** What it carries was taken out of the queue once for a number to zero, and is not again. */
  is_kept: Generated<boolean>
  planned_at: Moment
  submitted_at: MaybeMoment
  deadline_at: Moment
  ended_at: MaybeMoment
  accepted: Generated<number>
  refused: Generated<number>
  missing: Generated<number>
  superseded: Generated<number>
  /** Of the leader that planned it. */
  epoch: number
}

/** One message of a feed. */
export interface FeedItemTable {
  feed_id: string
  message_id: number
  channel_sku: string
  group_id: string | null
  product_type: string
  /** Of a stock write: what the group's reply must name. */
  version: number | null
  epoch: number | null
  quantity: number | null
  lead_time_days: number | null
  /** Of a job's item. */
  job_id: string | null
  line: number | null
  change: ColumnType<BulkChange | null, string | null, string | null>
  /** Until the feed has ended it stands as a barrier before other writes of the SKU. */
  is_open: Generated<boolean>
  /** A write of stock went out beside it, and goes out again once the feed has ended. */
  overtaken: Generated<boolean>
  outcome: FeedOutcome | null
  issue: Generated<string>
}

/** Who plans for a connection. The epoch rises with each term, and every write of a plan names it. */
export interface FeedLeaderTable extends Claimable {
  connection_id: string
  epoch: Generated<number>
}

/** What a feed takes, as this connection's feeds have shown it. */
export interface FeedEstimateTable {
  connection_id: string
  estimate: Json<FeedEstimate>
  at: Moment
}

/** Feeds of a purpose that are not made any more, because Amazon refused one whole. */
export interface FeedStopTable {
  connection_id: string
  purpose: FeedPurpose
  since: Moment
  detail: string
}

/** When an account's bulk work may begin; jobs may have hours of their own. */
export interface AccountQuietHoursTable {
  account_id: string
  quiet_from: number
  quiet_until: number
}

/** The tables of bulk jobs and feeds. */
export interface BulkTables {
  bulk_job: BulkJobTable
  bulk_job_item: BulkJobItemTable
  feed: FeedTable
  feed_item: FeedItemTable
  feed_leader: FeedLeaderTable
  feed_estimate: FeedEstimateTable
  feed_stop: FeedStopTable
  account_quiet_hours: AccountQuietHoursTable
}
