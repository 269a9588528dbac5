import { type RawBuilder, sql, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'

/*
 * Two jobs of an account may speak of the same SKU. What was taken on later counts: of what it says, an older line says nothing more. An older line that a feed
 * carries says it first, and the newer one after it.
 */

/** Older jobs of the account say no more what this one, just taken on, says. */
export async function giveWayTo(tx: Transaction<ChannelDb>, jobId: string): Promise<void> {
  await dropOvertaken(tx, sql`n.job_id = ${jobId}`)
}

/** These lines say no more what newer jobs of the account say; they have just fallen out of a feed. */
export async function giveWay(
  tx: Transaction<ChannelDb>,
  lines: readonly { jobId: string; line: number }[],
): Promise<void> {
  if (lines.length === 0) return
  await dropOvertaken(tx, sql`(o.job_id, o.line) in (${placesOf(lines)})`)
}

function placesOf(lines: readonly { jobId: string; line: number }[]): RawBuilder<unknown> {
  const jobIds = lines.map(({ jobId }) => jobId)
  return sql`select * from unnest(${jobIds}::text[], ${lines.map(({ line }) => line)}::integer[])`
}

/**
 * Amazon may have worked a feed off after lines of newer jobs had gone out past it, because it was stuck: what they say is looked up, and sent again where Amazon shows
 * it otherwise. A job that was done runs until then.
 */
export async function lookAgainAfter(tx: Transaction<ChannelDb>, feedId: string): Promise<void> {
  const { rows } = await sql<{ jobId: string; line: number }>`
    with said as (
      select n.job_id, n.line, n.group_id, n.change, nj.submitted_at
        from feed_item f join bulk_job oj on oj.id = f.job_id
        join bulk_job nj on nj.account_id = oj.account_id and nj.state in ('running', 'paused', 'done')
                        and (nj.submitted_at, nj.id) > (oj.submitted_at, oj.id)
        join bulk_job_item n on n.job_id = nj.id and n.group_id = f.group_id and n.state = 'accepted'
       where f.feed_id = ${feedId} and f.outcome is distinct from 'refused'
         and f.change ?| array(select jsonb_object_keys(n.change)))
    select n.job_id as "jobId", n.line from said n
     where not exists (select from said m where m.group_id = n.group_id and (m.submitted_at, m.job_id) > (n.submitted_at, n.job_id)
                          and n.change - array(select jsonb_object_keys(m.change)) = '{}'::jsonb)`.execute(tx)
  if (rows.length === 0) return
  await sql`
    update bulk_job set state = case state when 'done' then 'running' else state end, state_at = clock_timestamp(),
           next_at = case when state <> 'paused' then clock_timestamp() end
     where id = any(${[...new Set(rows.map(({ jobId }) => jobId))]}::text[]) and state in ('running', 'paused', 'done')`.execute(
    tx,
  )
  await sql`
    update bulk_job_item set state = 'patching', read_back = true, not_before = null, state_at = clock_timestamp()
     where (job_id, line) in (${placesOf(rows)}) and state = 'accepted'`.execute(tx)
  await giveWay(tx, rows)
}

/** A line with nothing left to say is skipped, others keep the rest. A call that is under way keeps the newer line waiting (see beginPatch). */
async function dropOvertaken(tx: Transaction<ChannelDb>, which: RawBuilder<unknown>): Promise<void> {
  const isEmpty = sql`o.change - w.fields = '{}'::jsonb`
  await sql`
    with overtaken as (
      select o.job_id, o.line, array_agg(field) as fields, array_to_string(array_agg(distinct n.job_id), ', ') as jobs
        from bulk_job_item o join bulk_job oj on oj.id = o.job_id and oj.state in ('running', 'paused')
        join bulk_job nj on nj.account_id = oj.account_id and nj.state in ('running', 'paused')
                        and (nj.submitted_at, nj.id) > (oj.submitted_at, oj.id)
        join bulk_job_item n on n.job_id = nj.id and n.group_id = o.group_id and n.state in ('waiting', 'in_feed', 'patching')
       cross join lateral jsonb_object_keys(n.change) as field
       where ${which} and o.state in ('waiting', 'patching') and o.change ? field
       group by o.job_id, o.line)
    update bulk_job_item o
       set state = case when ${isEmpty} then 'skipped' else o.state end,
           change = case when ${isEmpty} then o.change else o.change - w.fields end,
           issue = case when ${isEmpty} then '' else array_to_string(w.fields, ', ') || ': ' end || w.jobs || ' says something newer',
           state_at = case when ${isEmpty} then clock_timestamp() else o.state_at end
      from overtaken w
     where o.job_id = w.job_id and o.line = w.line and o.state in ('waiting', 'patching')`.execute(tx)
}
