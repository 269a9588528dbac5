import { type Bucket, currentRate, nextSlotAt, refilled } from '@lockstep/pacing/bucket'
import type { LimitLevel } from '@lockstep/pacing/model-limits'
import { type Kysely, sql } from 'kysely'
import type { Account } from '../store/accounts.ts'
import { findConnection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import { bucketKey, type BucketView, listBuckets } from '../store/rate-buckets.ts'
import { countWaitingWrites } from '../store/sync-counts.ts'

/** What reading the limits needs. */
export interface LimitsDeps {
  db: Kysely<ChannelDb>
  /** How many calls of this process wait for a bucket. */
  waitingFor(key: string): number
}

/** One bucket as it stands now. */
export interface LimitView {
  level: LimitLevel
  operation: string
  rate: number
  burst: number
  workingRate: number
  workingBurst: number
  learnedFrom: Bucket['learnedFrom']
  tokensNow: number
  nextSlotAt: Date
  waiting: number
  sentLastHour: number
  throttledLastHour: number
  lastThrottledAt: Date | undefined
}

/** Every bucket that stands in front of an account's calls. */
export interface Limits {
  application: string
  sellerId: string
  region: string
  buckets: LimitView[]
}

/** Reads the buckets of an account's connection and of its application, with what went through them in the last hour. */
export async function readLimits(deps: LimitsDeps, account: Account): Promise<Limits> {
  const connection = await findConnection(deps.db, account.connectionId)
  const application = connection?.application ?? ''
  const [buckets, counts, inLine] = await Promise.all([
    listBuckets(deps.db, [account.connectionId, application]),
    countCalls(deps.db, application),
    countWaitingWrites(deps.db, account.connectionId),
  ])
  const waitingOf = (view: BucketView): number => {
    // Numbers in line have not been claimed by any process; what a process waits with was taken out of the line.
    const isWriting = view.level === 'pair' && view.operation === 'patchListingsItem'
    return deps.waitingFor(bucketKey(view)) + (isWriting ? inLine : 0)
  }
  return {
    application,
    sellerId: account.sellerId,
    region: account.region,
    buckets: buckets.map((view) => limitOf(view, waitingOf(view), callsOf(view, counts))),
  }
}

interface CallCounts {
  sent: number
  throttled: number
}

type CountRow = CallCounts & { connection_id: string; counted: string; throttled_level: string | null }

async function countCalls(db: Kysely<ChannelDb>, application: string): Promise<CountRow[]> {
  const { rows } = await sql<CountRow>`
    select connection_id, counted, throttled_level, count(*) as sent, count(*) filter (where status = 429) as throttled
      from api_call, unnest(array[operation] || coalesce(also_counted, '{}')) as counted
     where application = ${application} and at > clock_timestamp() - interval '1 hour'
     group by connection_id, counted, throttled_level`.execute(db)
  return rows
}

/** What went through a bucket. A 429 counts against the bucket that Amazon spoke of. */
function callsOf(view: BucketView, counts: readonly CountRow[]): CallCounts {
  const isOwn = view.level === 'pair' || view.level === 'feed_type'
  const rows = counts.filter(({ counted, connection_id: id }) => {
    return counted === view.operation && (!isOwn || id === view.scope)
  })
  const refused = rows.filter(({ throttled_level: level }) => level === view.level)
  return { sent: sum(rows, 'sent'), throttled: sum(refused, 'throttled') }
}

function sum(rows: readonly CallCounts[], what: keyof CallCounts): number {
  return rows.reduce((total, row) => total + row[what], 0)
}

function limitOf(view: BucketView, waiting: number, counts: CallCounts): LimitView {
  const { bucket, nowMs } = view
  const filled = refilled(bucket, nowMs)
  return {
    level: view.level,
    operation: view.operation,
    rate: bucket.rate,
    burst: bucket.burst,
    workingRate: currentRate(bucket, nowMs),
    workingBurst: bucket.workingBurst,
    learnedFrom: bucket.learnedFrom,
    tokensNow: filled.level,
    nextSlotAt: new Date(nextSlotAt(bucket, nowMs)),
    waiting,
    sentLastHour: counts.sent,
    throttledLastHour: counts.throttled,
    lastThrottledAt: bucket.throttledAt === null ? undefined : new Date(bucket.throttledAt),
  }
}
