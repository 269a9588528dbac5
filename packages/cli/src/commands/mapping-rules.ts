import type { ListingRules } from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'
import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import {
  type Given,
  moreHint,
  numberOrNone,
  onOff,
  paged,
  pageOf,
  type PageOptions,
  type Run,
  TIMEOUT_MS,
} from '../command.ts'
import type { CliContext } from '../context.ts'
import { readListingRules } from '../csv/listing-rules.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { listingRulesShape } from '../shapes/changes.ts'
import { textOrNull } from '../shapes/values.ts'
import { csvSource } from './csv-options.ts'
import { previewOutput } from './preview.ts'

/** mapping rules. */
export function addMappingRules(mapping: Command, run: Run): void {
  paged(
    mapping
      .command('rules <account> [channel-sku]')
      .description('show or change rules of single listings; they beat the account’s')
      .option('--max-listed <n|none>', 'upper bound of the number sent')
      .option('--stock-percentage <n|none>', 'share of the available level that is sent, 0 to 100')
      .option('--end-when <n|none>', 'at or below this level 0 is sent')
      .option('--lead-time <days|none>', 'days to ship, 1 to 30')
      .option('--ignore-sync <on|off>', 'never send a number for this listing')
      .option('--file <csv>', 'rules of up to 1,000 listings, all or none; - is standard input')
      .option('--delimiter <character>', 'what divides the columns; a comma when not given')
      .option('--encoding <encoding>', 'utf-8 or windows-1252; utf-8 when not given')
      .option('--dry-run', 'show what would be sent, and change nothing'),
  ).action(run(mappingRules))
}

interface RulesOptions extends PageOptions {
  readonly maxListed?: string
  readonly stockPercentage?: string
  readonly endWhen?: string
  readonly leadTime?: string
  readonly ignoreSync?: string
  readonly dryRun?: boolean
  readonly file?: string
  readonly delimiter?: string
  readonly encoding?: string
}

async function mappingRules(context: CliContext, { args, options }: Given<RulesOptions>): Promise<Output> {
  const [account = '', channelSku] = args
  const rules = {
    maxListed: numberOrNone(options.maxListed, '--max-listed'),
    stockPercentage: numberOrNone(options.stockPercentage, '--stock-percentage'),
    endWhen: numberOrNone(options.endWhen, '--end-when'),
    leadTimeDays: numberOrNone(options.leadTime, '--lead-time'),
    ignoreSync: onOff(options.ignoreSync, '--ignore-sync'),
  }
  const isChange = Object.values(rules).some((value) => value !== undefined)
  if (options.file !== undefined) {
    if (isChange || channelSku !== undefined)
      throw new UsageError('--file names the listings and their rules: leave the rest out')
    const source = await csvSource(context, options.file, options)
    return changeRules(context, { account, lines: await readListingRules(source), options })
  }
  if (!isChange) return listRules(context, { account, channelSku, options })
  if (channelSku === undefined) throw new UsageError('name the listing whose rules are changed')
  return changeRules(context, { account, lines: [{ channelSku, ...rules }], options })
}

async function changeRules(
  context: CliContext,
  { account, lines, options }: { account: string; lines: ListingRules[]; options: RulesOptions },
): Promise<Output> {
  if (options.dryRun === true) {
    return previewOutput(context, { account, change: { $case: 'rules', value: { rules: lines } } })
  }
  const request = { idempotencyKey: context.idempotencyKey, account, rules: lines }
  const answer = await call(context.clients.changes, 'updateListingRules', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  return rulesOutput(answer.rules.map(listingRulesShape), '')
}

async function listRules(
  context: CliContext,
  { account, channelSku, options }: { account: string; channelSku: string | undefined; options: RulesOptions },
): Promise<Output> {
  if (options.dryRun === true) throw new UsageError('name the rules that would be changed')
  if (channelSku !== undefined) throw new UsageError('name the rules to change, or leave the SKU out to list them')
  const answer = await call(
    context.clients.changes,
    'listListingRules',
    { account, page: pageOf(options) },
    { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true },
  )
  return rulesOutput(answer.rules.map(listingRulesShape), answer.nextPageToken)
}

function rulesOutput(rules: readonly ReturnType<typeof listingRulesShape>[], nextPageToken: string): Output {
  const rows = rules.map((rule) => [
    rule.channel_sku,
    orDash(rule.max_listed),
    orDash(rule.stock_percentage),
    orDash(rule.end_when),
    orDash(rule.lead_time_days),
    rule.ignore_sync ? 'ignored' : '',
  ])
  const head = ['CHANNEL SKU', 'MAX LISTED', 'PERCENTAGE', 'END WHEN', 'LEAD TIME', 'SYNC']
  return {
    json: { rules, next_page_token: textOrNull(nextPageToken) },
    text: table(head, rows) + moreHint(nextPageToken),
  }
}
