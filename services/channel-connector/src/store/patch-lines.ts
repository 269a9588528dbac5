import { type Kysely, sql, type Transaction } from 'kysely'

import type { BulkChange } from '../domain/bulk-change.ts'
import type { ChannelDb } from './database.ts'

/** A line that goes out by a patch of its own. */
export interface PatchLine {
  line: number
  channelSku: string
  change: BulkChange
  productType: string
  readBack: boolean
  tries: number
  /** How long it has waited for its patch. */
  waitedMs: number
}

/** What lines of a job are patched for. */
export interface PatchContext {
  jobId: string
  kind: 'price' | 'content'
  connectionId: string
  sellerId: string
  marketplaceId: string
}

/** Whose lines are patched; undefined while the job or its account stands still. */
export async function findPatchContext(db: Kysely<ChannelDb>, jobId: string): Promise<PatchContext | undefined> {
  const { rows } = await sql<PatchContext>`
    select j.id as "jobId", j.kind, j.connection_id as "connectionId", c.seller_id as "sellerId", a.marketplace_id as "marketplaceId"
      from bulk_job j join account a on a.id = j.account_id join connection c on c.id = j.connection_id
     where j.id = ${jobId} and j.state = 'running' and a.enabled and a.paused_at is null`.execute(db)
  return rows[0]
}

/** The next lines to patch, when the next of the others is due, and the time. A line whose SKU a feed holds waits for its end. */
export async function listPatchLines(
  db: Kysely<ChannelDb>,
  jobId: string,
  limit: number,
): Promise<{ lines: PatchLine[]; nextAt: Date | null; now: Date }> {
  const inFeed = sql`exists (select from feed_item f join feed on feed.id = f.feed_id
                              where f.is_open and f.group_id = i.group_id and feed.state <> 'stuck')`
  const { rows: lines } = await sql<PatchLine>`
    select i.line, i.channel_sku as "channelSku", i.change, coalesce(s.product_type, 'PRODUCT') as "productType",
           i.read_back as "readBack", i.tries,
           (extract(epoch from clock_timestamp() - i.state_at) * 1000)::double precision as "waitedMs"
      from bulk_job_item i left join group_state s on s.group_id = i.group_id
     where i.job_id = ${jobId} and i.state = 'patching' and (i.not_before is null or i.not_before <= clock_timestamp())
       and not ${inFeed}
     order by i.line limit ${limit}`.execute(db)
  const { rows } = await sql<{ nextAt: Date | null; now: Date }>`
    select clock_timestamp() as now, min(coalesce(i.not_before, clock_timestamp() + interval '15 seconds')) as "nextAt"
      from bulk_job_item i where i.job_id = ${jobId} and i.state = 'patching'`.execute(db)
  const { nextAt = null, now = new Date(0) } = rows[0] ?? {}
  return { lines, nextAt, now }
}

/** A line that may be patched now, as it is now, and between which times the call for it lies. */
export interface BegunPatch {
  change: BulkChange
  tries: number
  until: string
  /** Until when an earlier call for it may be under way. */
  before: string | null
}

/**
 * Notes that a call for the line is about to be made and may be under way for so long; what is newer for its SKU waits that long at most. Undefined when it is not
 * to be made any more: the line has gone elsewhere, or the job stands still.
 */
export async function beginPatch(
  db: Kysely<ChannelDb>,
  { jobId, line }: { jobId: string; line: number },
  leaseMs: number,
): Promise<BegunPatch | undefined> {
  const { rows } = await sql<BegunPatch>`
    with found as (
      select i.job_id, i.line, i.sending_until
        from bulk_job_item i join bulk_job j on j.id = i.job_id join account a on a.id = j.account_id
       where i.job_id = ${jobId} and i.line = ${line} and i.state = 'patching' and not i.read_back
         and j.state = 'running' and a.enabled and a.paused_at is null
         for update of i)
    update bulk_job_item i set sending_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000})
      from found where i.job_id = found.job_id and i.line = found.line
    returning i.change, i.tries, i.sending_until::text as until, found.sending_until::text as before`.execute(db)
  return rows[0]
}

/** Notes that a call has ended, whatever became of its line; one that followed it meanwhile stands. */
export async function endPatchCall(
  db: Kysely<ChannelDb>,
  { jobId, line }: { jobId: string; line: number },
  { until, before }: BegunPatch,
): Promise<void> {
  await sql`
    update bulk_job_item set sending_until = ${before}::timestamptz
     where job_id = ${jobId} and line = ${line} and sending_until = ${until}::timestamptz`.execute(db)
}

/** What came of a patch. */
export type PatchEnd =
  | { kind: 'accepted'; submissionId: string | null }
  | { kind: 'refused'; issue: string }
  /** Tried again after a while; `counts` when Amazon may have seen it. */
  | { kind: 'again'; afterMs: number; counts: boolean }

/** Stores what came of a patch, unless the line has gone elsewhere meanwhile. */
export async function savePatchEnd(
  db: Kysely<ChannelDb> | Transaction<ChannelDb>,
  { jobId, line }: { jobId: string; line: number },
  end: PatchEnd,
): Promise<void> {
  const set =
    end.kind === 'again'
      ? sql`not_before = clock_timestamp() + make_interval(secs => ${end.afterMs / 1000}), tries = tries + ${end.counts ? 1 : 0}`
      : sql`state = ${end.kind}, issue = ${end.kind === 'refused' ? end.issue : sql.ref('issue')}, read_back = false,
            submission_id = ${end.kind === 'accepted' ? end.submissionId : null}, state_at = clock_timestamp()`
  await sql`
    update bulk_job_item set ${set} where job_id = ${jobId} and line = ${line} and state = 'patching'`.execute(db)
}

/** Sends lines that Amazon shows otherwise than the job says; from here on they are patched without another look. */
export async function saveReadBack(
  db: Kysely<ChannelDb>,
  jobId: string,
  found: { same: readonly number[]; other: readonly number[] },
): Promise<void> {
  await sql`
    update bulk_job_item
       set state = case when line = any(${[...found.same]}::integer[]) then 'accepted' else state end, read_back = false,
           state_at = clock_timestamp()
     where job_id = ${jobId} and state = 'patching' and line = any(${[...found.same, ...found.other]}::integer[])`.execute(
    db,
  )
}

/** When the job's patches are looked at next; null when there are none. A time that was set meanwhile and is sooner stands. */
export async function setNextPatch(
  db: Kysely<ChannelDb>,
  jobId: string,
  claimed: { token: string | null; nextAt: Date | null },
): Promise<void> {
  await sql`
    update bulk_job set next_at = ${claimed.nextAt}
     where id = ${jobId} and claimed_by = ${claimed.token}
       and (${claimed.nextAt}::timestamptz is not null
            or not exists (select from bulk_job_item where job_id = ${jobId} and state = 'patching'))`.execute(db)
}
