import { call } from '@lockstep/rpc/client'
import type { Item } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { Command } from 'commander'

import { moreHint, pageOf, type PageOptions, type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { facts, type Output, table } from '../output.ts'
import { importItems } from './import-items.ts'
import { itemShape } from '../shapes/stock.ts'
import { isoTime, jsonNumber, textOrNull } from '../shapes/values.ts'

/** items list, add, show, import. */
export function addItemCommands(program: Command, run: Run): void {
  const items = program.command('items').description('stock items')
  items
    .command('list')
    .description('list the items with their totals')
    .option('--search <text>', 'part of the SKU or title')
    .option('--page-size <n>', 'entries per page, up to 1,000')
    .option('--page-token <token>', 'the next page')
    .action(run(listItems))
  items
    .command('add <sku>')
    .description('create an item')
    .option('--title <text>', 'what it is called')
    .action(run(addItem))
  items.command('show <item>').description('show one item, by SKU or id').action(run(showItem))
  items
    .command('import <file>')
    .description(
      'create or update items from a CSV file with the columns sku, title, on_hand, location ("-" is standard input)',
    )
    .action(run(importItems))
}

async function listItems(context: CliContext, { options }: Given<PageOptions & { search?: string }>): Promise<Output> {
  const answer = await call(
    context.clients.inventory,
    'listItems',
    { search: options.search ?? '', page: pageOf(options) },
    { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true },
  )
  const items = answer.items.map((summary) => ({
    ...itemShape(summary.item),
    on_hand: jsonNumber(summary.onHand),
    reserved: jsonNumber(summary.reserved),
    available: jsonNumber(summary.available),
  }))
  const rows = items.map((item) => [
    item.sku ?? '',
    item.title ?? '',
    ...[item.on_hand, item.reserved, item.available].map(String),
  ])
  return {
    json: { items, next_page_token: textOrNull(answer.nextPageToken) },
    text: table(['SKU', 'TITLE', 'ON HAND', 'RESERVED', 'AVAILABLE'], rows) + moreHint(answer.nextPageToken),
  }
}

async function addItem(context: CliContext, { args, options }: Given<{ title?: string }>): Promise<Output> {
  const [sku = ''] = args
  const { item } = await call(
    context.clients.inventory,
    'createItem',
    { idempotencyKey: context.idempotencyKey, sku, title: options.title ?? '' },
    { timeoutMs: TIMEOUT_MS, actor: context.actor },
  )
  return { json: { item: wholeItem(item) }, text: `created ${item?.sku ?? ''} (${item?.id ?? ''})\n` }
}

async function showItem(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [name = ''] = args
  const { item } = await call(
    context.clients.inventory,
    'getItem',
    { item: name },
    { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true },
  )
  const json = wholeItem(item)
  return {
    json: { item: json },
    text: facts([
      ['id', json.id ?? ''],
      ['SKU', json.sku ?? ''],
      ['title', json.title ?? ''],
      ['created', json.created_at ?? ''],
    ]),
  }
}

const wholeItem = (item: Item | undefined) => ({ ...itemShape(item), created_at: isoTime(item?.createdAt) })
