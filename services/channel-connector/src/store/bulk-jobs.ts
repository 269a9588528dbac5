import { type Kysely, sql, type Transaction } from 'kysely'

import type { BadBulkLine, BulkChange } from '../domain/bulk-change.ts'
import type { QuietHours } from '../domain/quiet-hours.ts'
import type { BulkItemState, BulkJobState } from '../domain/bulk-states.ts'
import type { ShutOut } from '../domain/explain-now.ts'
import { heldJobWords } from '../domain/held-job.ts'
import type { ChannelDb } from './database.ts'
import { jsonList } from './json-list.ts'
import { giveWayTo } from './newer-lines.ts'
import { shutOut } from './shut-out.ts'

/** A job with the count of its lines per state. */
export interface BulkJob {
  id: string
  accountId: string
  accountName: string
  connectionId: string
  marketplace: string
  kind: 'price' | 'content'
  state: BulkJobState
  detail: string
  actor: string
  note: string
  /** The job's own, else the account's. */
  quietHours: QuietHours | null
  total: number
  lines: Readonly<Partial<Record<BulkItemState, number>>>
  createdAt: Date
  submittedAt: Date | null
  stateAt: Date
}

type StoredJob = Omit<BulkJob, 'quietHours'> & {
  quietFrom: number | null
  quietUntil: number | null
  shutOut: ShutOut | null
}

const selectJobs = sql`
  select j.id, j.account_id as "accountId", a.name as "accountName", j.connection_id as "connectionId", a.marketplace, j.kind, j.state,
         j.detail, j.actor, j.note, coalesce(j.quiet_from, q.quiet_from) as "quietFrom",
         coalesce(j.quiet_until, q.quiet_until) as "quietUntil", j.total, j.created_at as "createdAt",
         j.submitted_at as "submittedAt", j.state_at as "stateAt",
         coalesce((select jsonb_object_agg(n.state, n.lines)
                     from (select i.state, count(*) as lines from bulk_job_item i where i.job_id = j.id group by i.state) n),
                  '{}') as lines, case when j.state = 'running' then ${shutOut} end as "shutOut"
    from bulk_job j join account a on a.id = j.account_id join connection c on c.id = j.connection_id left join account_quiet_hours q on q.account_id = j.account_id`

function jobOf({ quietFrom: from, quietUntil: until, shutOut: why, ...job }: StoredJob): BulkJob {
  const quietHours = from !== null && until !== null ? { from, until } : null
  return { ...job, detail: heldJobWords(why, job.accountName) ?? job.detail, quietHours }
}

/** A job by its id. */
export async function findBulkJob(db: Kysely<ChannelDb>, id: string): Promise<BulkJob | undefined> {
  const { rows } = await sql<StoredJob>`${selectJobs} where j.id = ${id}`.execute(db)
  return rows[0] && jobOf(rows[0])
}

/** Jobs of an account, or of all, newest first, from before the given id. */
export async function listBulkJobs(
  db: Kysely<ChannelDb>,
  page: { accountId: string | null; before: string | null; limit: number },
): Promise<BulkJob[]> {
  const { rows } = await sql<StoredJob>`
    ${selectJobs}
     where (${page.accountId}::text is null or j.account_id = ${page.accountId})
       and (${page.before}::text is null or j.id < ${page.before})
     order by j.id desc limit ${page.limit}`.execute(db)
  return rows.map(jobOf)
}

/** The jobs of a connection that run, and how many of their lines are still to go. */
export async function countRunningJobs(
  db: Kysely<ChannelDb>,
  connectionId: string,
): Promise<{ jobs: number; lines: number }> {
  const { rows } = await sql<{ jobs: number; lines: number }>`
    select count(distinct j.id)::int as jobs, count(*)::int as lines
      from bulk_job j join bulk_job_item i on i.job_id = j.id
     where j.connection_id = ${connectionId} and j.state = 'running' and i.state in ('waiting', 'in_feed', 'patching')`.execute(
    db,
  )
  return rows[0] ?? { jobs: 0, lines: 0 }
}

/** Locks a job until the transaction ends and answers its state; undefined when there is none. */
export async function lockBulkJob(tx: Transaction<ChannelDb>, id: string): Promise<BulkJobState | undefined> {
  const row = await tx.selectFrom('bulk_job').select('state').where('id', '=', id).forUpdate().executeTakeFirst()
  return row?.state
}

/** A new job, without lines. */
export interface NewBulkJob {
  id: string
  accountId: string
  connectionId: string
  actor: string
  note: string
  quietHours: QuietHours | null
}

/** Stores a job that is being prepared. */
export async function insertBulkJob(tx: Transaction<ChannelDb>, job: NewBulkJob): Promise<void> {
  await tx
    .insertInto('bulk_job')
    .values({
      id: job.id,
      account_id: job.accountId,
      connection_id: job.connectionId,
      actor: job.actor,
      note: job.note,
      quiet_from: job.quietHours?.from ?? null,
      quiet_until: job.quietHours?.until ?? null,
    })
    .execute()
}

/** How many jobs of an account are not over. */
export async function countOpenJobs(tx: Transaction<ChannelDb>, accountId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('bulk_job')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('state', 'in', ['preparing', 'running', 'paused'])
    .executeTakeFirstOrThrow()
  return count
}

/** A line as it is kept: with its change, or with what is wrong with it. */
export type KeptLine = { line: number; channelSku: string } & ({ change: BulkChange } | { bad: BadBulkLine })

/** Keeps lines of a job that is being prepared; one that came before is replaced. Answers how many lines there are. */
export async function keepLines(
  tx: Transaction<ChannelDb>,
  jobId: string,
  lines: readonly KeptLine[],
): Promise<number> {
  await sql`
    insert into bulk_job_item as i (job_id, line, channel_sku, change, state, issue)
    select ${jobId}, line, channel_sku, change::jsonb, state, issue
      from unnest(${lines.map((l) => l.line)}::integer[], ${lines.map((l) => l.channelSku)}::text[],
                  ${jsonList(lines.map((l) => JSON.stringify('change' in l ? l.change : {})))},
                  ${lines.map((l) => ('bad' in l ? 'refused' : 'waiting'))}::text[],
                  ${lines.map((l) => ('bad' in l ? JSON.stringify(l.bad) : ''))}::text[])
           as kept (line, channel_sku, change, state, issue)
    on conflict (job_id, line) do update
       set channel_sku = excluded.channel_sku, change = excluded.change, state = excluded.state, issue = excluded.issue`.execute(
    tx,
  )
  const { rows } = await sql<{ total: number }>`
    update bulk_job set total = (select count(*) from bulk_job_item where job_id = ${jobId}) where id = ${jobId}
    returning total`.execute(tx)
  return rows[0]?.total ?? 0
}

/** The first bad lines of a job, each with what is wrong with it, and how many there are in all. */
export async function listBadLines(
  tx: Transaction<ChannelDb>,
  jobId: string,
  limit: number,
): Promise<{ bad: BadBulkLine[]; count: number }> {
  const { rows } = await sql<{ line: number; sku: string; issue: string; first: number | null; count: number }>`
    with judged as (
      select i.line, i.channel_sku as sku, i.issue, i.state, l.id as listing_id,
             case when i.state = 'waiting' then min(i.line) over (partition by i.channel_sku, i.state) end as first
        from bulk_job_item i
        left join bulk_job j on j.id = i.job_id
        left join listing l on l.account_id = j.account_id and l.channel_sku = i.channel_sku
       where i.job_id = ${jobId})
    select line, sku, issue, nullif(first, line) as first, count(*) over () as count
      from judged where state = 'refused' or first < line or listing_id is null
     order by line limit ${limit}`.execute(tx)
  return { bad: rows.map(badLineOf), count: rows[0]?.count ?? 0 }
}

function badLineOf(row: { line: number; sku: string; issue: string; first: number | null }): BadBulkLine {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by keepLines
  if (row.issue !== '') return JSON.parse(row.issue) as BadBulkLine
  const about = { line: row.line, item: row.sku, field: 'channel_sku', value: row.sku }
  if (row.first === null) {
    const message = `the account has no listing "${row.sku}": refresh the listings, then check the SKU byte for byte`
    return { ...about, reason: 'LISTING_UNKNOWN', message }
  }
  return { ...about, reason: 'LINE_DUPLICATE', message: `"${row.sku}" is in line ${row.first} already` }
}

/** Takes a checked job on: its lines find their groups, and what older jobs of the account would say of the same counts no more. The leader's row is locked. */
export async function takeOnJob(tx: Transaction<ChannelDb>, jobId: string): Promise<void> {
  await sql`
    update bulk_job_item i set group_id = l.group_id, state_at = clock_timestamp()
      from bulk_job j join listing l on l.account_id = j.account_id
     where j.id = ${jobId} and i.job_id = j.id and l.channel_sku = i.channel_sku`.execute(tx)
  await sql`
    update bulk_job
       set state = 'running', submitted_at = clock_timestamp(), state_at = clock_timestamp(), next_at = clock_timestamp(),
           kind = case when exists (select from bulk_job_item where job_id = ${jobId} and change ?| array['title', 'description'])
                       then 'content' else 'price' end
     where id = ${jobId}`.execute(tx)
  await giveWayTo(tx, jobId)
}

/** Removes a locked job that was never taken on, with its lines. */
export async function deletePreparingJob(tx: Transaction<ChannelDb>, jobId: string): Promise<void> {
  await tx.deleteFrom('bulk_job').where('id', '=', jobId).where('state', '=', 'preparing').execute()
}

/** Moves a locked job to another state. */
export async function saveJobState(
  tx: Transaction<ChannelDb>,
  jobId: string,
  state: 'running' | 'paused' | 'cancelled',
): Promise<void> {
  await sql`
    update bulk_job set state = ${state}, detail = '', state_at = clock_timestamp(),
           next_at = case when ${state} = 'paused' then null else clock_timestamp() end
     where id = ${jobId}`.execute(tx)
}

/** Skips what of a cancelled job has not begun, and asks for its feeds to be taken out of Amazon's queue. */
export async function dropOpenWork(tx: Transaction<ChannelDb>, jobId: string): Promise<void> {
  await sql`
    update bulk_job_item set state = 'skipped', issue = 'the job was cancelled', state_at = clock_timestamp()
     where job_id = ${jobId} and state in ('waiting', 'patching')`.execute(tx)
  await sql`
    update feed set cancel_requested = 'the job was cancelled', next_at = clock_timestamp()
     where job_id = ${jobId} and ended_at is null and cancel_requested is null`.execute(tx)
}

/** A line of a job as it is shown. */
export interface BulkJobLine {
  line: number
  channelSku: string
  change: BulkChange
  state: BulkItemState
  issue: string
  feedId: string | null
  submissionId: string | null
  stateAt: Date
}

/** Lines of a job in their order, after the given one. */
export async function listJobLines(
  db: Kysely<ChannelDb>,
  page: { jobId: string; state: BulkItemState | null; after: number; limit: number },
): Promise<BulkJobLine[]> {
  const lines = db
    .selectFrom('bulk_job_item')
    .select(['line', 'channel_sku as channelSku', 'change', 'state', 'issue', 'feed_id as feedId'])
    .select(['submission_id as submissionId', 'state_at as stateAt'])
    .where('job_id', '=', page.jobId)
    .where('line', '>', page.after)
    .orderBy('line')
    .limit(page.limit)
  return (page.state === null ? lines : lines.where('state', '=', page.state)).execute()
}

/** The hours of an account; null when its bulk work may begin at any time. */
export async function findAccountQuietHours(db: Kysely<ChannelDb>, accountId: string): Promise<QuietHours | null> {
  const row = await db
    .selectFrom('account_quiet_hours')
    .select(['quiet_from as from', 'quiet_until as until'])
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row ?? null
}

/** Sets or takes away the hours of an account. */
export async function saveAccountQuietHours(
  tx: Transaction<ChannelDb>,
  accountId: string,
  hours: QuietHours | null,
): Promise<void> {
  if (!hours) {
    await tx.deleteFrom('account_quiet_hours').where('account_id', '=', accountId).execute()
    return
  }
  const values = { quiet_from: hours.from, quiet_until: hours.until }
  await tx
    .insertInto('account_quiet_hours')
    .values({ account_id: accountId, ...values })
    .onConflict((conflict) => conflict.column('account_id').doUpdateSet(values))
    .execute()
}
