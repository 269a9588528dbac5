import { call } from '@lockstep/rpc/client'
import { type Listing, ListingFilter } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import type { Command } from 'commander'

import { moreHint, pageOf, type PageOptions, type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { listingShape, mappingShape } from '../shapes/mapping.ts'
import { addMappingFiles } from './mapping-files.ts'
import { addMappingItems } from './mapping-items.ts'
import { addMappingRules } from './mapping-rules.ts'
import { previewOutput } from './preview.ts'

interface ListOptions extends PageOptions {
  readonly linked?: boolean
  readonly unlinked?: boolean
  readonly search?: string
}

/** mapping list, link, unlink, link-all, create-item, create-all, import, export, rules, refresh. */
export function addMappingCommands(program: Command, run: Run): void {
  const mapping = program.command('mapping').description('which listing sells which item')
  mapping
    .command('list <account>')
    .description('list the listings of an account')
    .option('--linked', 'only linked ones')
    .option('--unlinked', 'only unlinked ones')
    .option('--search <text>', 'part of the SKU or title')
    .option('--page-size <n>', 'entries per page, up to 1,000')
    .option('--page-token <token>', 'the next page')
    .action(run(listMapping))
  mapping
    .command('link <account> <channel-sku> <item>')
    .description('link a listing to an item; linking again replaces the link')
    .option('--dry-run', 'show what would be sent, and change nothing')
    .action(run(link))
  mapping
    .command('unlink <account> <channel-sku>')
    .description('take a link away')
    .option('--dry-run', 'show what would be sent, and change nothing')
    .action(run(unlink))
  addMappingFiles(mapping, run)
  addMappingItems(mapping, run)
  addMappingRules(mapping, run)
  mapping.command('refresh <account>').description('ask Amazon for a fresh listings report').action(run(refresh))
}

async function listMapping(context: CliContext, { args, options }: Given<ListOptions>): Promise<Output> {
  const [account = ''] = args
  if (options.linked === true && options.unlinked === true)
    throw new UsageError('give --linked or --unlinked, not both')
  const filter = filterOf(options)
  const answer = await call(
    context.clients.mapping,
    'listListings',
    { account, filter, search: options.search ?? '', page: pageOf(options) },
    { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true },
  )
  const json = mappingShape(answer)
  const rows = json.listings.map((listing) => [
    listing.sku,
    listing.fba ? 'FBA' : '',
    listing.status,
    orDash(listing.linked_item?.sku),
    orDash(listing.qty),
    orDash(listing.last_update),
    orDash(listing.title),
  ])
  const report = json.report.state
    ? `listings report: ${json.report.state} at ${orDash(json.report.at)}`
    : 'no listings report yet'
  return {
    json,
    text: [
      `${json.account.name} (${json.account.id}): ${String(json.active)} active = ${String(json.linked)} linked + ${String(json.unlinked)} unlinked; ${report}\n\n`,
      table(['CHANNEL SKU', 'FBA', 'STATUS', 'ITEM', 'QTY', 'LAST UPDATE', 'TITLE'], rows),
      moreHint(answer.nextPageToken),
    ].join(''),
  }
}

function filterOf({ linked, unlinked }: ListOptions): ListingFilter {
  if (linked === true) return ListingFilter.LINKED
  return unlinked === true ? ListingFilter.UNLINKED : ListingFilter.UNSPECIFIED
}

interface LinkOptions {
  readonly dryRun?: boolean
}

function previewLink(
  context: CliContext,
  { account, ...wanted }: { account: string; channelSku: string; item: string },
): Promise<Output> {
  return previewOutput(context, { account, change: { $case: 'links', value: { links: [wanted], allBySku: false } } })
}

async function link(context: CliContext, { args, options }: Given<LinkOptions>): Promise<Output> {
  const [account = '', channelSku = '', item = ''] = args
  if (options.dryRun === true) return previewLink(context, { account, channelSku, item })
  const request = { idempotencyKey: context.idempotencyKey, account, channelSku, item }
  const answer = await call(context.clients.mapping, 'linkListing', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  return oneListing(answer.listing, answer.warnings)
}

async function unlink(context: CliContext, { args, options }: Given<LinkOptions>): Promise<Output> {
  const [account = '', channelSku = ''] = args
  if (options.dryRun === true) return previewLink(context, { account, channelSku, item: '' })
  const request = { idempotencyKey: context.idempotencyKey, account, channelSku }
  const answer = await call(context.clients.mapping, 'unlinkListing', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  return oneListing(answer.listing, [])
}

function oneListing(listing: Listing | undefined, warnings: readonly string[]): Output {
  if (!listing) throw new Error('the answer holds no listing')
  const json = listingShape(listing)
  const linked = json.linked_item ? `is linked to ${json.linked_item.sku}` : 'is not linked'
  return {
    json: { listing: json, warnings },
    text: `${json.sku} on ${listing.marketplace} ${linked}\n${warnings.map((warning) => `warning: ${warning}\n`).join('')}`,
  }
}

async function refresh(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, account }
  const answer = await call(context.clients.mapping, 'refreshListings', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  return {
    json: { report: { id: answer.reportId, state: answer.state }, message: answer.message },
    text: `${answer.message}\n`,
  }
}
