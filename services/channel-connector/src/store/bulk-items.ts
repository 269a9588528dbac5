import { sql, type Transaction } from 'kysely'

import type { BulkItemState } from '../domain/bulk-states.ts'
import type { ChannelDb } from './database.ts'
import { giveWay } from './newer-lines.ts'

/** What became of a job's line that a feed carried. */
export interface LineEnd {
  jobId: string
  line: number
  state: BulkItemState
  issue: string
  /** What Amazon shows already is not sent again. */
  readBack: boolean
}

/**
 * Moves lines that this feed carries to where they go now. One that would wait or be patched is skipped when its job was cancelled, and where a newer job says it
 * otherwise.
 */
export async function endLines(tx: Transaction<ChannelDb>, feedId: string, ends: readonly LineEnd[]): Promise<void> {
  if (ends.length === 0) return
  await sql`
    update bulk_job_item i
       set state = case when e.state in ('waiting', 'patching') and j.state = 'cancelled' then 'skipped' else e.state end,
           issue = case when e.state in ('waiting', 'patching') and j.state = 'cancelled' then 'the job was cancelled'
                        else coalesce(nullif(e.issue, ''), i.issue) end,
           read_back = e.read_back, not_before = null, state_at = clock_timestamp()
      from unnest(${ends.map((e) => e.jobId)}::text[], ${ends.map((e) => e.line)}::integer[],
                  ${ends.map((e) => e.state)}::text[], ${ends.map((e) => e.issue)}::text[],
                  ${ends.map((e) => e.readBack)}::boolean[]) as e (job_id, line, state, issue, read_back), bulk_job j
     where i.job_id = e.job_id and i.line = e.line and j.id = i.job_id and i.state = 'in_feed' and i.feed_id = ${feedId}`.execute(
    tx,
  )
  await giveWay(
    tx,
    ends.map(({ jobId, line }) => ({ jobId, line })),
  )
  await makePatchingDue(tx, [...new Set(ends.map((e) => e.jobId))])
}

/** What a feed carries of its job goes out one by one from now on, unless a newer job says it otherwise. */
export async function dropOutOfFeed(tx: Transaction<ChannelDb>, feedId: string): Promise<void> {
  const { rows } = await sql<{ jobId: string; line: number }>`
    update bulk_job_item i set state = case when j.state = 'cancelled' then 'skipped' else 'patching' end, read_back = true,
           not_before = null, state_at = clock_timestamp()
      from feed_item f, bulk_job j
     where f.feed_id = ${feedId} and f.is_open and i.job_id = f.job_id and i.line = f.line and i.state = 'in_feed'
       and j.id = i.job_id
    returning i.job_id as "jobId", i.line`.execute(tx)
  await giveWay(tx, rows)
  await makePatchingDue(tx, [...new Set(rows.map((row) => row.jobId))])
}

async function makePatchingDue(tx: Transaction<ChannelDb>, jobIds: readonly string[]): Promise<void> {
  if (jobIds.length === 0) return
  await sql`
    update bulk_job set next_at = clock_timestamp()
     where id = any(${[...jobIds]}::text[]) and state = 'running'`.execute(tx)
}
