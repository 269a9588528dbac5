import { type Insertable, type Kysely, sql } from 'kysely'
import type { ApiCallTable } from './account-tables.ts'
import type { ChannelDb } from './database.ts'

/** One call to Amazon as it is kept: what, when and what came of it, never what was in it. */
export type ApiCall = Insertable<ApiCallTable>

/** Adds calls to the log. */
export async function saveApiCalls(db: Kysely<ChannelDb>, calls: readonly ApiCall[]): Promise<void> {
  if (calls.length === 0) return
  await db.insertInto('api_call').values(calls).execute()
}

/** Deletes up to `limit` calls that are older than they are kept. Answers how many. */
export async function deleteOldApiCalls(
  db: Kysely<ChannelDb>,
  { keptMs, limit }: { keptMs: number; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from api_call where id in (
      select id from api_call
       where at < clock_timestamp() - make_interval(secs => ${keptMs / 1000})
       order by at limit ${limit})`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/** Which calls are looked for. */
export interface CallSearch {
  /** Undefined: every connection's. */
  connectionId: string | undefined
  /** Undefined: every operation. */
  operation: string | undefined
  /** Empty: every outcome but accepted. */
  classes: readonly string[]
  since: Date | undefined
  until: Date | undefined
  /** Only older ones than this. */
  before: number | undefined
  limit: number
}

/** A call with whose it was. */
export interface LoggedCall {
  id: number
  at: Date
  connectionId: string
  sellerId: string
  region: string
  operation: string
  requestType: string
  status: number
  outcome: string
  throttledLevel: string | null
  errorCode: string | null
  requestId: string | null
  capability: string
  waitedMs: number
  durationMs: number
}

/** Calls of the log, newest first. */
export async function listCalls(db: Kysely<ChannelDb>, search: CallSearch): Promise<LoggedCall[]> {
  let query = db
    .selectFrom('api_call as l')
    .innerJoin('connection as c', 'c.id', 'l.connection_id')
    .select([
      'l.id',
      'l.at',
      'l.connection_id as connectionId',
      'c.seller_id as sellerId',
      'c.region',
      'l.operation',
      'l.request_type as requestType',
      'l.status',
      'l.outcome',
      'l.throttled_level as throttledLevel',
      'l.error_code as errorCode',
      'l.request_id as requestId',
      'l.capability',
      'l.waited_ms as waitedMs',
      'l.duration_ms as durationMs',
    ])
    .orderBy('l.id', 'desc')
    .limit(search.limit)
  // The indexes hold what did not end well: a search for that never reads the calls that did.
  if (!search.classes.includes('accepted')) query = query.where('l.outcome', '<>', 'accepted')
  if (search.classes.length > 0) query = query.where('l.outcome', 'in', search.classes)
  if (search.connectionId !== undefined) query = query.where('l.connection_id', '=', search.connectionId)
  if (search.operation !== undefined) query = query.where('l.operation', '=', search.operation)
  if (search.since) query = query.where('l.at', '>=', search.since)
  if (search.until) query = query.where('l.at', '<', search.until)
  if (search.before !== undefined) query = query.where('l.id', '<', search.before)
  return query.execute()
}

/** Calls of one kind that ended alike in the last 24 hours. */
export interface CallCount {
  operation: string
  requestType: string
  outcome: string
  throttledLevel: string | null
  capability: string
  count: number
  /** How many of them in the last hour. */
  lastHour: number
  firstAt: Date
  lastAt: Date
  lastErrorCode: string | null
  /** The last one of this kind that was accepted; null when none was. */
  lastAcceptedAt: Date | null
}

/** What did not end well on a connection in the last 24 hours, by kind, at most 500 kinds. */
export async function countFailedCalls(db: Kysely<ChannelDb>, connectionId: string): Promise<CallCount[]> {
  const { rows } = await sql<CallCount>`
    select l.operation, l.request_type as "requestType", l.outcome, l.throttled_level as "throttledLevel", l.capability,
           count(*)::int as count,
           (count(*) filter (where l.at > clock_timestamp() - interval '1 hour'))::int as "lastHour",
           min(l.at) as "firstAt", max(l.at) as "lastAt",
           (array_agg(l.error_code order by l.id desc))[1] as "lastErrorCode",
           (select max(k.noted_at) from capability_state k
             where k.connection_id = ${connectionId} and k.operation = l.operation and k.request_type = l.request_type
               and k.state = 'working') as "lastAcceptedAt"
      from api_call l
     where l.connection_id = ${connectionId} and l.outcome <> 'accepted' and l.at > clock_timestamp() - interval '24 hours'
     group by l.operation, l.request_type, l.outcome, l.throttled_level, l.capability
     order by max(l.id) desc limit 500`.execute(db)
  return rows
}
