import { readFile } from 'node:fs/promises'

import type { SubmitBulkJobResponse } from '@lockstep/contracts/generated/lockstep/channel/v1/bulk_service.ts'
import { call } from '@lockstep/rpc/client'
import { refusalOf } from '@lockstep/rpc/refusal'
import type { Command } from 'commander'

import { readBulkFile } from '../bulk-file.ts'
import { type Given, moreHint, pageOf, paged, type PageOptions, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { jobFacts } from '../job-facts.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { bulkJobShape, bulkLineShape, feedShape, feedsShape } from '../shapes/feeds.ts'
import { textOrNull } from '../shapes/values.ts'

/** feeds list, submit, show, pause, resume, cancel, amazon, allow, quiet-hours. */
export function addFeedCommands(program: Command, run: Run): void {
  const feeds = program
    .command('feeds')
    .description('bulk jobs of titles, descriptions and prices, and the feeds that carry them')
  paged(feeds.command('list [account]').description('list the jobs, newest first')).action(run(listJobs))
  feeds
    .command('submit <account> <file>')
    .description(
      'hand in a CSV or JSON file with sku, title, description, price, currency; all of it is taken on, or nothing',
    )
    .option('--quiet-hours <from-until>', 'when its work may begin, such as 22:00-06:00 in the marketplace’s time')
    .option('--note <text>', 'a short text about it')
    .action(run(submitJob))
  paged(feeds.command('show <job>').description('show a job, its feeds and its lines'))
    .option('--state <state>', 'only lines that are waiting, in_feed, patching, accepted, refused or skipped')
    .action(run(showJob))
  feeds
    .command('pause <job>')
    .description('begin nothing more of it')
    .action(run(changeJob('pauseBulkJob')))
  feeds
    .command('resume <job>')
    .description('go on with it')
    .action(run(changeJob('resumeBulkJob')))
  feeds
    .command('cancel <job>')
    .description('end it: what has not begun is skipped, a feed that waits at Amazon is taken out of its queue')
    .action(run(changeJob('cancelBulkJob')))
  addAmazonSide(feeds, run)
}

function addAmazonSide(feeds: Command, run: Run): void {
  paged(feeds.command('amazon <account>').description('list the feeds at Amazon, those of stock included')).action(
    run(listFeeds),
  )
  feeds
    .command('allow <account>')
    .description('make feeds again after Amazon refused one whole')
    .action(run(allowFeeds))
  feeds
    .command('quiet-hours <account> [from-until]')
    .description('show or set when an account’s bulk work may begin, such as 22:00-06:00; "none" is any time')
    .action(run(quietHours))
}

const reading = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true }) as const
const writing = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor })

async function listJobs(context: CliContext, { args, options }: Given<PageOptions>): Promise<Output> {
  const [account = ''] = args
  const request = { account, page: pageOf(options) }
  const answer = await call(context.clients.bulk, 'listBulkJobs', request, reading(context))
  const jobs = answer.jobs.map(bulkJobShape)
  const rows = jobs.map((job) => [
    job.id,
    job.account_name,
    job.kind,
    job.state,
    `${String(job.accepted)} of ${String(job.total)}`,
    String(job.refused),
    orDash(job.submitted_at),
    orDash(job.detail),
  ])
  return {
    json: { jobs, next_page_token: textOrNull(answer.nextPageToken) },
    text:
      table(['JOB', 'ACCOUNT', 'KIND', 'STATE', 'ACCEPTED', 'REFUSED', 'SUBMITTED', ''], rows) +
      moreHint(answer.nextPageToken),
  }
}

const linesAtOnce = 1000
/** Checking 100,000 lines takes a while. */
const SUBMIT_TIMEOUT_MS = 120_000

async function submitJob(
  context: CliContext,
  { args, options }: Given<{ quietHours?: string; note?: string }>,
): Promise<Output> {
  const [account = '', file = ''] = args
  const lines = readBulkFile(await readText(file), file)
  const { bulk } = context.clients
  const key = context.idempotencyKey
  const open = { account, quietHours: options.quietHours ?? '', note: options.note ?? '' }
  const opened = await call(bulk, 'openBulkJob', { idempotencyKey: `${key}:open`, ...open }, writing(context))
  const jobId = opened.job?.id ?? ''
  for (let from = 0; from < lines.length; from += linesAtOnce) {
    const page = lines.slice(from, from + linesAtOnce)
    const request = { idempotencyKey: `${key}:${String(from)}`, jobId, lines: page }
    await call(bulk, 'addBulkJobLines', request, writing(context))
    if (lines.length > linesAtOnce) context.progress(`${String(from + page.length)} of ${String(lines.length)}`)
  }
  const submit = { idempotencyKey: `${key}:submit`, jobId, total: lines.length }
  const { job } = await submitOrDrop(context, submit)
  return {
    json: { job: bulkJobShape(job) },
    text: `${jobId}: ${String(lines.length)} lines are taken on; lockstep feeds show ${jobId} tells how far it is\n`,
  }
}

/** A file of which nothing was taken on leaves no job behind. */
async function submitOrDrop(
  context: CliContext,
  submit: { idempotencyKey: string; jobId: string; total: number },
): Promise<SubmitBulkJobResponse> {
  const { bulk } = context.clients
  try {
    return await call(bulk, 'submitBulkJob', submit, { ...writing(context), timeoutMs: SUBMIT_TIMEOUT_MS })
  } catch (error) {
    if (refusalOf(error)?.reason === 'BULK_LINES_REFUSED') {
      const drop = { idempotencyKey: `${submit.idempotencyKey}:drop`, jobId: submit.jobId }
      // The refusal is what matters; a job that could not be dropped shows in the list and can be cancelled there.
      await call(bulk, 'cancelBulkJob', drop, writing(context)).catch(() => undefined)
    }
    throw error
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`"${file}" cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function showJob(
  context: CliContext,
  { args, options }: Given<PageOptions & { state?: string }>,
): Promise<Output> {
  const [jobId = ''] = args
  const request = { jobId, state: options.state ?? '', page: pageOf(options) }
  const answer = await call(context.clients.bulk, 'getBulkJob', request, reading(context))
  const lines = answer.lines.map(bulkLineShape)
  const feeds = answer.feeds.map(feedShape)
  const rows = lines.map((line) => [
    String(line.line),
    line.channel_sku,
    line.state,
    orDash(line.feed ?? line.submission_id),
    orDash(line.issue),
  ])
  return {
    json: { job: bulkJobShape(answer.job), feeds, lines, next_page_token: textOrNull(answer.nextPageToken) },
    text: [
      jobFacts(answer.job),
      feeds.length > 0 ? `\n${feedTable(feeds)}` : '',
      `\n${table(['LINE', 'CHANNEL SKU', 'STATE', 'SENT BY', 'ISSUE'], rows)}`,
      moreHint(answer.nextPageToken),
    ].join(''),
  }
}

const feedTable = (feeds: readonly ReturnType<typeof feedShape>[]): string =>
  table(
    ['FEED', 'AMAZON’S', 'PURPOSE', 'STATE', 'ITEMS', 'ACCEPTED', 'REFUSED', 'MISSING', 'SUBMITTED', 'DEADLINE', ''],
    feeds.map((feed) => [
      feed.id,
      orDash(feed.channel_feed_id),
      feed.purpose,
      feed.state,
      ...[feed.items, feed.accepted, feed.refused, feed.missing].map(String),
      orDash(feed.submitted_at),
      orDash(feed.deadline_at),
      orDash(feed.detail),
    ]),
  )

const changeJob =
  (method: 'pauseBulkJob' | 'resumeBulkJob' | 'cancelBulkJob') =>
  async (context: CliContext, { args }: Given<object>): Promise<Output> => {
    const [jobId = ''] = args
    const request = { idempotencyKey: context.idempotencyKey, jobId }
    const { job } = await call(context.clients.bulk, method, request, writing(context))
    return { json: { job: bulkJobShape(job) }, text: `${jobId} is ${job?.state ?? ''}\n` }
  }

async function listFeeds(context: CliContext, { args, options }: Given<PageOptions>): Promise<Output> {
  const [account = ''] = args
  const answer = await call(context.clients.bulk, 'listFeeds', { account, page: pageOf(options) }, reading(context))
  const json = feedsShape(answer)
  const { fixed_seconds, items_per_second, samples } = json.estimate
  return {
    json,
    text: [
      feedTable(json.feeds),
      moreHint(answer.nextPageToken),
      `\na feed takes ${fixed_seconds.toFixed(0)} s and 1 s for ${items_per_second.toFixed(1)} items (${samples === 0 ? 'assumed' : `learned from ${String(samples)}`})\n`,
      ...json.stops.map(
        ({ purpose, since, detail }) =>
          `no feeds of ${purpose} since ${orDash(since)}: ${detail}; lockstep feeds allow ${account} lets them be made again\n`,
      ),
    ].join(''),
  }
}

async function allowFeeds(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, account }
  const { purposes } = await call(context.clients.bulk, 'allowFeeds', request, writing(context))
  const text = purposes.length === 0 ? 'no feeds were stopped\n' : `feeds of ${purposes.join(', ')} are made again\n`
  return { json: { purposes }, text }
}

async function quietHours(context: CliContext, given: Given<object>): Promise<Output> {
  const [account = '', hours] = given.args
  return hours === undefined ? showQuietHours(context, account) : setQuietHours(context, account, hours)
}

async function showQuietHours(context: CliContext, account: string): Promise<Output> {
  const answer = await call(context.clients.bulk, 'getQuietHours', { account }, reading(context))
  return {
    json: { account: answer.accountId, quiet_hours: textOrNull(answer.quietHours) },
    text: `${beginsWords(answer.quietHours)}\n`,
  }
}

async function setQuietHours(context: CliContext, account: string, hours: string): Promise<Output> {
  const wanted = hours === 'none' ? '' : hours
  const request = { idempotencyKey: context.idempotencyKey, account, quietHours: wanted }
  const answer = await call(context.clients.bulk, 'setQuietHours', request, writing(context))
  const before = answer.previousQuietHours
  const removed = before === '' || before === answer.quietHours ? '' : `; ${before} no longer holds`
  return {
    json: {
      account: answer.accountId,
      quiet_hours: textOrNull(answer.quietHours),
      previous_quiet_hours: textOrNull(before),
    },
    text: `${beginsWords(answer.quietHours)}${removed}\n`,
  }
}

const beginsWords = (hours: string): string =>
  hours === '' ? 'bulk work may begin at any time' : `bulk work begins within ${hours} in the marketplace’s time`
