import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { sql } from 'kysely'

import { claimedTerm } from '../../test/claimed-term.ts'
import { feedStage, type FeedStage } from '../../test/feed-stage.ts'
import { hoursNotNow } from '../../test/feed-timings.ts'
import type { Account } from '../store/accounts.ts'
import { type Term, TermOverError } from '../store/feed-leaders.ts'
import { planTurn } from './plan-feeds.ts'

let stage: FeedStage

beforeAll(async () => {
  stage = await feedStage()
}, 60_000)

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

let made = 0

async function givenJob(
  count: number,
  { quietHours = '', description }: { quietHours?: string; description?: string } = {},
): Promise<{ account: Account; jobId: string }> {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  made += 1
  const skus = Array.from({ length: count }, (_, i) => `P${made}-${i}`)
  await sql`
    insert into sku_group (id, connection_id, channel_sku)
    select 'grp_' || sku, ${account.connectionId}, sku from unnest(${skus}::text[]) as s (sku)`.execute(stage.db)
  await sql`
    insert into listing (id, account_id, group_id, marketplace_id, channel_sku)
    select 'lst_' || sku, ${account.id}, 'grp_' || sku, ${account.marketplaceId}, sku from unnest(${skus}::text[]) as s (sku)`.execute(
    stage.db,
  )
  const lines = skus.map((channelSku) => ({ channelSku, title: `new ${channelSku}`, description }))
  return { account, jobId: await stage.givenJob(account, lines, quietHours) }
}

const claimed = ({ connectionId }: Account, token: string): Promise<Term> => claimedTerm(stage.db, connectionId, token)

const deps = () => ({ db: stage.db, ids: systemIds, planMs: 100 })

test('[R20] a leader that was paused past its term writes nothing, whatever it has planned', async () => {
  const { account, jobId } = await givenJob(3)
  const paused = await claimed(account, 'paused')
  const next = await claimed(account, 'next')

  await expect(planTurn(deps(), paused)).rejects.toThrow(TermOverError)
  expect(await stage.job(jobId)).toMatchObject({ lines: { waiting: 3 } })

  await planTurn(deps(), next)
  expect(await stage.job(jobId)).toMatchObject({ lines: { patching: 3 } })
})

test('[R20] a term of the same replica does not outlive the next one', async () => {
  const { account } = await givenJob(1)
  const first = await claimed(account, 'same')
  const second = await claimed(account, 'same')

  expect(second.epoch).toBe(first.epoch + 1)
  await expect(planTurn(deps(), first)).rejects.toThrow(TermOverError)
})

test('a large job becomes a slice within its bounds, and the rest goes by patch beside it', async () => {
  const { account, jobId } = await givenJob(2_000)
  await stage.givenEstimate(account, { fixedMs: 1_000, itemsPerSecond: 500 })

  const actions = await planTurn(deps(), await claimed(account, 'a'))

  const slice = actions.find((action) => action.kind === 'slice')
  expect(slice).toMatchObject({ purpose: 'content', jobId })
  const { lines } = await stage.job(jobId)
  expect(lines.in_feed).toBe(slice?.kind === 'slice' ? slice.maxItems : 0)
  const again = await planTurn(deps(), await claimed(account, 'a'))
  expect(again.filter((action) => action.kind === 'slice')).toEqual([])
})

test('outside its quiet hours nothing of a job begins, and it says so', async () => {
  const { account, jobId } = await givenJob(5, { quietHours: hoursNotNow() })

  await planTurn(deps(), await claimed(account, 'a'))

  expect(await stage.job(jobId)).toMatchObject({
    lines: { waiting: 5 },
    detail: expect.stringMatching(/^waits for its quiet hours \(a feed from .* UTC\)$/),
  })
})

test('a paused sync pauses its jobs', async () => {
  const { account, jobId } = await givenJob(5)
  await sql`update account set paused_at = clock_timestamp() where id = ${account.id}`.execute(stage.db)

  await planTurn(deps(), await claimed(account, 'a'))

  expect(await stage.job(jobId)).toMatchObject({ lines: { waiting: 5 }, detail: 'the sync of its account is paused' })
})

test('a SKU whose stock changed in the last half hour is in no slice and goes by patch', async () => {
  const { account, jobId } = await givenJob(1_000)
  await stage.givenEstimate(account, { fixedMs: 1_000, itemsPerSecond: 500 })
  await sql`
    insert into group_state (group_id, connection_id, channel_sku, desired_at)
    select id, connection_id, channel_sku, clock_timestamp() - case when channel_sku like '%1' then interval '1 minute' else interval '31 minutes' end
      from sku_group where connection_id = ${account.connectionId}`.execute(stage.db)

  await planTurn(deps(), await claimed(account, 'a'))

  const { rows } = await sql<{ state: string; restless: boolean; lines: number }>`
    select state, channel_sku like '%1' as restless, count(*) as lines from bulk_job_item where job_id = ${jobId}
     group by 1, 2`.execute(stage.db)
  const fed = rows.filter(({ state }) => state === 'in_feed')
  expect(fed).toMatchObject([{ restless: false }])
  expect(rows.find(({ state, restless }) => state === 'patching' && restless)).toMatchObject({ lines: 100 })
})

test('a backlog of increases beyond the crossover becomes a feed, a small one does not', async () => {
  const { account } = await givenJob(1)
  const waiting = (count: number) => sql`
    insert into group_state (group_id, connection_id, channel_sku, lane, lane_rank, next_at, waiting_since)
    select 'grp_wait_' || n || ${account.id}, ${account.connectionId}, 'W-' || n, 'increase', 2, clock_timestamp(), clock_timestamp()
      from generate_series(1, ${count}::integer) n on conflict do nothing`
  await waiting(100).execute(stage.db)
  const few = await planTurn(deps(), await claimed(account, 'a'))
  await waiting(10_000).execute(stage.db)

  const many = await planTurn(deps(), await claimed(account, 'a'))

  expect(few.filter((action) => action.kind === 'slice')).toEqual([])
  expect(many).toContainEqual(expect.objectContaining({ kind: 'slice', purpose: 'stock', jobId: null }))
  const feeds = await stage.db
    .selectFrom('feed')
    .selectAll()
    .where('connection_id', '=', account.connectionId)
    .execute()
  expect(feeds).toMatchObject([{ purpose: 'stock', state: 'planned', marketplace_ids: [account.marketplaceId] }])
})

test('[T-55] a job is split by count: no slice holds more than 25,000 lines, and the rest waits its turn', async () => {
  const { account, jobId } = await givenJob(27_000)
  await stage.givenEstimate(account, { fixedMs: 1_000, itemsPerSecond: 5_000 })

  await planTurn(deps(), await claimed(account, 'a'))

  const { in_feed: fed = 0, waiting = 0, patching = 0 } = (await stage.job(jobId)).lines
  expect(fed).toBe(25_000)
  expect(waiting + patching).toBe(2_000)
}, 60_000)

test('[T-55] a job is split by bytes: its slice stays below 10 MiB', async () => {
  const { account, jobId } = await givenJob(2_400, { description: '三'.repeat(2_000) })
  await stage.givenEstimate(account, { fixedMs: 1_000, itemsPerSecond: 5_000 })

  await planTurn(deps(), await claimed(account, 'a'))

  const { rows } = await sql<{ lines: number; bytes: number }>`
    select count(*)::integer as lines, sum(octet_length(change::text))::integer as bytes from feed_item where job_id = ${jobId}`.execute(
    stage.db,
  )
  expect(rows[0]?.bytes).toBeLessThan(10 * 1024 * 1024)
  expect(rows[0]?.bytes).toBeGreaterThan(9 * 1024 * 1024)
  expect((await stage.job(jobId)).lines.in_feed).toBe(rows[0]?.lines)
}, 60_000)
