import { type Bucket, currentRate, nextSlotAt, refilled } from '@lockstep/pacing/bucket'
import type { LimitLevel } from '@lockstep/pacing/model-limits'
import { type Kysely, sql } from 'kysely'
import type { Account } from '../store/accounts.ts'
import { findConnection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import { bucketKey, type BucketView, listBuckets } from '../store/rate-buckets.ts'

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
  const buckets = await listBuckets(deps.db, [account.connectionId, application])
  const counts = await countCalls(deps.db, application)
  const countsOf = (view: BucketView): CallCounts => {
    const ofPair = counts.filter(({ operation }) => operation === view.operation)
    const own = ofPair.filter(({ connection_id: id }) => view.level !== 'pair' || id === view.scope)
    return { sent: sum(own, 'sent'), throttled: sum(own, 'throttled') }
  }
  return {
    application,
    sellerId: account.sellerId,
    region: account.region,
    buckets: buckets.map((view) => limitOf(view, deps.waitingFor(bucketKey(view)), countsOf(view))),
  }
}

interface CallCounts {
  sent: number
  throttled: number
}

type CountRow = CallCounts & { connection_id: string; operation: string }

async function countCalls(db: Kysely<ChannelDb>, application: string): Promise<CountRow[]> {
  const { rows } = await sql<CountRow>`
    select connection_id, operation, count(*) as sent, count(*) filter (where status = 429) as throttled
      from api_call
     where application = ${application} and at > clock_timestamp() - interval '1 hour'
     group by connection_id, operation`.execute(db)
  return rows
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
