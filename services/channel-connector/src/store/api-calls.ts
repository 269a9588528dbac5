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

/** Calls of one kind that ended alike, since the present incident began; at most 24 hours back. */
export interface CallCount {
  operation: string
  requestType: string
  outcome: string
  throttledLevel: string | null
  capability: string
  count: number
  /** How many in the last hour, of this incident or an earlier one. */
  lastHour: number
  firstAt: Date
  lastAt: Date
  lastErrorCode: string | null
  /** The last one of this kind that was accepted; null when none was. */
  lastAcceptedAt: Date | null
}

/** How long a kind of call must not have failed for the next failure to be a new incident. */
const quietMinutes = 30

/** A success is noted beside the rights this late at most: what came after the last note is in the log. */
const notedWithinSeconds = 61

/**
 * What did not end well on a connection in the last 24 hours, by kind, at most 500 kinds. A denial counts since the right was refused; limits and outages
 * since they were quiet for half an hour; everything else over the whole day.
 */
export async function countFailedCalls(db: Kysely<ChannelDb>, connectionId: string): Promise<CallCount[]> {
  const { rows } = await sql<CallCount>`
    with failed as (
      select l.id, l.at, l.application, l.operation, l.request_type, l.outcome, l.throttled_level, l.capability, l.error_code,
             lag(l.at) over (partition by l.operation, l.request_type, l.outcome, l.throttled_level, l.capability order by l.at, l.id) as before_at
        from api_call l
       where l.connection_id = ${connectionId} and l.outcome <> 'accepted' and l.at > clock_timestamp() - interval '24 hours'
    ), begun as (
      select f.*,
             case when f.outcome = 'denied' then
                    (select k.since from capability_state k
                      where k.connection_id = ${connectionId} and k.capability = f.capability and k.operation = f.operation
                        and k.request_type = f.request_type and k.state = 'refused')
                  when f.outcome in ('throttled', 'outage', 'unknown') then
                    max(f.at) filter (where f.before_at is null or f.at - f.before_at > make_interval(mins => ${quietMinutes}))
                      over (partition by f.operation, f.request_type, f.outcome, f.throttled_level, f.capability)
             end as began_at
        from failed f
    ), counted as (
      select b.operation, b.request_type, b.outcome, b.throttled_level, b.capability, max(b.application) as application, max(b.id) as newest,
             count(*) filter (where b.at >= coalesce(b.began_at, b.at)) as count,
             count(*) filter (where b.at > clock_timestamp() - interval '1 hour') as last_hour,
             min(b.at) filter (where b.at >= coalesce(b.began_at, b.at)) as first_at, max(b.at) as last_at,
             (array_agg(b.error_code order by b.id desc))[1] as error_code
        from begun b
       group by b.operation, b.request_type, b.outcome, b.throttled_level, b.capability
    )
    select c.operation, c.request_type as "requestType", c.outcome, c.throttled_level as "throttledLevel", c.capability,
           c.count::int as count, c.last_hour::int as "lastHour",
           coalesce(c.first_at, c.last_at) as "firstAt", c.last_at as "lastAt", c.error_code as "lastErrorCode",
           greatest(n.noted_at, (
             select max(a.at) from api_call a
              where a.application = c.application and a.operation = c.operation and a.at > c.last_at
                and a.at <= n.noted_at + make_interval(secs => ${notedWithinSeconds})
                and a.connection_id = ${connectionId} and a.request_type = c.request_type and a.outcome = 'accepted')) as "lastAcceptedAt"
      from counted c
      left join lateral (
        select max(k.noted_at) as noted_at from capability_state k
         where k.connection_id = ${connectionId} and k.operation = c.operation and k.request_type = c.request_type
           and k.state = 'working') n on true
     order by c.newest desc limit 500`.execute(db)

  return rows
}
