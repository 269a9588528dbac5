import { type Listing, ListingFilter } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import type { PutItemLine } from '@lockstep/contracts/generated/lockstep/inventory/v1/catalogue_service.ts'
import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { type Output, table, UsageError } from '../output.ts'
import { listingPages } from './every-listing.ts'

interface CreateOptions {
  readonly location?: string
  readonly dryRun?: boolean
}

const creating = (command: Command): Command =>
  command
    .option(
      '--location <location>',
      'where Amazon’s quantity is put on the shelf; the account’s order location when not given',
    )
    .option('--dry-run', 'show what would be created, and create nothing')

/** mapping create-item, create-all. */
export function addMappingItems(mapping: Command, run: Run): void {
  creating(
    mapping
      .command('create-item <account> <channel-sku>')
      .description('create the stock item of an unlinked listing: its SKU, title and price, and what Amazon has of it'),
  ).action(run(createItem))
  creating(
    mapping
      .command('create-all <account>')
      .description('create the stock items of all unlinked listings that have none; mapping link-all then links them'),
  ).action(run(createAll))
}

async function createItem(context: CliContext, { args, options }: Given<CreateOptions>): Promise<Output> {
  const [account = '', sku = ''] = args
  const wanted = { account, filter: ListingFilter.UNSPECIFIED, search: sku }
  for await (const page of listingPages(context, wanted)) {
    const listing = page.find(({ channelSku }) => channelSku === sku)
    if (!listing) continue
    if (listing.itemId !== '') throw new UsageError(`"${sku}" of ${account} is linked to ${listing.itemSku} already`)
    return created(context, account, { pages: [[listing]], options })
  }
  throw new UsageError(`${account} has no listing "${sku}": lockstep mapping list ${account} shows what it has`)
}

async function createAll(context: CliContext, { args, options }: Given<CreateOptions>): Promise<Output> {
  const [account = ''] = args
  const pages = listingPages(context, { account, filter: ListingFilter.UNLINKED, search: '' })
  return created(context, account, { pages, options })
}

/** What became of a listing's item. */
interface Created {
  readonly sku: string
  readonly outcome: string
  readonly message: string
}

const MOST_TOLD = 100

async function created(
  context: CliContext,
  account: string,
  {
    pages,
    options,
  }: { pages: Iterable<readonly Listing[]> | AsyncIterable<readonly Listing[]>; options: CreateOptions },
): Promise<Output> {
  const location = options.location ?? (await orderLocationOf(context, account))
  const isDryRun = options.dryRun === true
  const all: Created[] = []
  for await (const page of pages) {
    const key = isDryRun ? '' : `${context.idempotencyKey}:${String(all.length)}`
    all.push(...(await createPage(context, page, { location, key })))
  }
  const count = (outcome: string): number => all.filter((one) => one.outcome === outcome).length
  const json = {
    account,
    dry_run: isDryRun,
    created: count('created'),
    existing: count('existing'),
    refused: count('refused'),
    items: all.slice(0, MOST_TOLD).map(({ sku, outcome, message }) => ({ sku, outcome, message: message || null })),
  }
  const words = `${String(json.created)} ${isDryRun ? 'would be created' : 'created'}, ${String(json.existing)} there already, ${String(json.refused)} refused`
  const rows = all.slice(0, MOST_TOLD).map(({ sku, outcome, message }) => [sku, outcome, message])
  const more = all.length > MOST_TOLD ? `and ${String(all.length - MOST_TOLD)} more\n` : ''
  const next = `to link them: lockstep mapping link-all ${account}\n`
  return { json, text: `${words}\n\n${table(['SKU', '', ''], rows)}${more}${isDryRun ? '' : `\n${next}`}` }
}

async function orderLocationOf(context: CliContext, account: string): Promise<string> {
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const answer = await call(context.clients.accounts, 'getAccount', { account }, settings)
  return answer.account?.orderLocationId ?? ''
}

/** An item that is there already stays as it is. Without a key nothing is written. */
async function createPage(
  context: CliContext,
  page: readonly Listing[],
  { location, key }: { location: string; key: string },
): Promise<Created[]> {
  if (page.length === 0) return []
  const { catalogue } = context.clients
  const reading = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const { items } = await call(catalogue, 'findItems', { items: page.map(({ channelSku }) => channelSku) }, reading)
  const taken = new Set(items.filter(({ named, sku }) => named === sku).map(({ sku }) => sku))
  const existing = page.filter(({ channelSku }) => taken.has(channelSku)).map(({ channelSku }) => channelSku)
  const lines = page.filter(({ channelSku }) => !taken.has(channelSku)).map((listing) => itemLine(listing, location))
  const told = existing.map((sku) => ({ sku, outcome: 'existing', message: '' }))
  if (lines.length === 0) return told
  const check = await call(catalogue, 'putItems', { idempotencyKey: '', lines, checkOnly: true }, reading)
  const judged = lines.map((line, at) => ({ line, refusal: check.results[at]?.refusal }))
  const good = judged.filter(({ refusal }) => !refusal).map(({ line }) => line)
  if (key !== '' && good.length > 0) {
    const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
    await call(catalogue, 'putItems', { idempotencyKey: key, lines: good, checkOnly: false }, settings)
  }
  const done = judged.map(({ line: { sku }, refusal }) =>
    refusal ? { sku, outcome: 'refused', message: refusal.message } : { sku, outcome: 'created', message: '' },
  )
  return [...told, ...done]
}

/** [S002-25] … [S002-33] The item of a listing. What Amazon keeps itself lies on no shelf of ours. */
export function itemLine(listing: Listing, location: string): PutItemLine {
  const { channelSku, title, price, fba, listedQuantity } = listing
  return {
    sku: channelSku,
    title: title === '' ? channelSku : title,
    description: '',
    purchasePrice: undefined,
    retailPrice: price,
    weightGrams: 0n,
    taxRateBasisPoints: -1,
    setProperties: [],
    onHand: fba ? undefined : (listedQuantity ?? 0n),
    location: fba ? '' : location,
  }
}
