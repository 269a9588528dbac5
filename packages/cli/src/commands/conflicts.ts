import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, moreHint, paged, pageOf, type PageOptions, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { csvText } from '../csv/csv-text.ts'
import { writeCsv } from '../csv/write-csv.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { conflictShape, remedyShape } from '../shapes/conflicts.ts'
import { textOrNull } from '../shapes/values.ts'
import { applied } from './changes.ts'
import { exporting } from './csv-options.ts'
import { previewOutput } from './preview.ts'

/** conflicts list, resolve, remedy. */
export function addConflictCommands(program: Command, run: Run): void {
  const conflicts = program
    .command('conflicts')
    .description('one seller’s accounts that list the same SKU: Amazon keeps one quantity for all of them')
  paged(
    conflicts
      .command('list [account]')
      .description('shared SKUs whose accounts disagree, or of which a switched-off account sells too'),
  ).action(run(listConflicts))
  conflicts
    .command('resolve <account>')
    .description('choose who decides for the seller’s shared SKUs; first shows what would be sent')
    .option('--policy <policy>', 'lowest, owner or hold; the one in force when not given')
    .option('--owner <account>', 'who decides under owner')
    .option('--confirm <confirmation>', 'do what was shown')
    .option('--zeros <confirmation>', 'the second confirmation, when many listings go to zero')
    .action(run(resolve))
  exporting(
    conflicts
      .command('remedy [account]')
      .description('a SKU of its own for each listing of a shared one, as CSV')
      .option('--file <file>', 'write it there'),
  ).action(run(remedy))
}

const reading = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true }) as const

async function listConflicts(context: CliContext, { args, options }: Given<PageOptions>): Promise<Output> {
  const [account = ''] = args
  const answer = await call(
    context.clients.conflicts,
    'listConflicts',
    { account, page: pageOf(options) },
    reading(context),
  )
  const conflicts = answer.conflicts.map(conflictShape)
  const rows = conflicts.flatMap((conflict) =>
    conflict.members.map((member, place) => [
      place === 0 ? conflict.channel_sku : '',
      place === 0 ? conflict.kind.replaceAll('_', ' ') : '',
      member.name,
      orDash(member.item),
      member.role === 'sends' ? orDash(member.desired) : `follows (${orDash(member.reason)})`,
      place === 0 ? `${orDash(conflict.number)} by ${conflict.policy}${standing(conflict)}` : '',
    ]),
  )
  return {
    json: { total: answer.total, conflicts, next_page_token: textOrNull(answer.nextPageToken) },
    text: table(['CHANNEL SKU', 'WHAT', 'ACCOUNT', 'ITEM', 'ASKS FOR', 'SENT'], rows) + moreHint(answer.nextPageToken),
  }
}

function standing({ waits, withheld }: ReturnType<typeof conflictShape>): string {
  if (waits) return ', waits: lockstep conflicts resolve'
  return withheld ? ', a raise is held' : ''
}

interface ResolveOptions {
  readonly policy?: string
  readonly owner?: string
  readonly confirm?: string
  readonly zeros?: string
}

async function resolve(context: CliContext, { args, options }: Given<ResolveOptions>): Promise<Output> {
  const [account = ''] = args
  const { policy = '', owner = '', confirm, zeros } = options
  if (confirm === undefined)
    return previewOutput(context, { account, change: { $case: 'policy', value: { policy, owner } } })
  if (policy !== '' || owner !== '')
    throw new UsageError('--confirm does what was shown: leave --policy and --owner out')
  return applied(context, { confirmation: confirm, ...(zeros !== undefined && { zeros }) })
}

interface RemedyOptions {
  readonly file?: string
  readonly overwrite?: boolean
}

const remedyColumns = ['account', 'marketplace', 'channel_sku', 'new_channel_sku', 'asin', 'item_sku', 'note'] as const

async function remedy(context: CliContext, { args, options }: Given<RemedyOptions>): Promise<Output> {
  const [account = ''] = args
  const remedies = await allRemedies(context, account)
  const rows = remedies.map((line) => remedyColumns.map((column) => line[column] ?? ''))
  const { file: path, overwrite = false } = options
  if (path === undefined) return { json: { remedies, file: null }, text: csvText(remedyColumns, rows) }
  await writeCsv(
    { path, overwrite },
    remedyColumns,
    (async function* () {
      yield* rows
    })(),
  )
  const text = `${String(remedies.length)} listings in ${path}: list them on Amazon under their new SKUs, then lockstep mapping link\n`
  return { json: { remedies, file: path }, text }
}

async function allRemedies(context: CliContext, account: string): Promise<ReturnType<typeof remedyShape>[]> {
  const remedies: ReturnType<typeof remedyShape>[] = []
  for (let token = ''; ;) {
    const page = { size: 1000, token }
    const answer = await call(context.clients.conflicts, 'listRemedies', { account, page }, reading(context))
    remedies.push(...answer.remedies.map(remedyShape))
    token = answer.nextPageToken
    if (token === '') return remedies
  }
}
