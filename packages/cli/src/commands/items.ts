import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { moreHint, pageOf, paged, type PageOptions, type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { facts, orDash, type Output, table } from '../output.ts'
import { componentShape, itemDetailsShape } from '../shapes/items.ts'
import { itemShape } from '../shapes/stock.ts'
import { jsonNumber, textOrNull } from '../shapes/values.ts'
import { exporting, importing } from './csv-options.ts'
import { exportItems, importItems } from './item-files.ts'
import { addItemSetCommand } from './item-set.ts'
import { addKitCommands } from './kits.ts'

/** items list, add, show, set, kit, kits, import, export. */
export function addItemCommands(program: Command, run: Run): void {
  const items = program.command('items').description('stock items')
  paged(items.command('list').description('list the items with their totals'))
    .option('--search <text>', 'part of the SKU or title; one or two characters find beginnings of words')
    .action(run(listItems))
  items
    .command('add <sku>')
    .description('create an item')
    .option('--title <text>', 'what it is called')
    .action(run(addItem))
  items.command('show <item>').description('show one item, by SKU or id').action(run(showItem))
  addItemSetCommand(items, run)
  addKitCommands(items, run)
  importing(
    items
      .command('import <file>')
      .description(
        'create or update items from a CSV with the column sku and any of title, description, purchase_price, purchase_currency, retail_price, retail_currency, weight_grams, tax_rate, property:<name>, on_hand, location; the column kit of an export is passed over ("-" is standard input)',
      ),
  ).action(run(importItems))
  exporting(
    items.command('export <file>').description('write every item into a CSV that items import takes back'),
  ).action(run(exportItems))
}

const reading = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true }) as const

async function listItems(context: CliContext, { options }: Given<PageOptions & { search?: string }>): Promise<Output> {
  const request = { search: options.search ?? '', page: pageOf(options) }
  const answer = await call(context.clients.inventory, 'listItems', request, reading(context))
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
  const json = await shownItem(context, item?.id ?? '')
  return { json: { item: json }, text: `created ${item?.sku ?? ''} (${item?.id ?? ''})\n` }
}

async function shownItem(context: CliContext, name: string) {
  const { item } = await call(context.clients.catalogue, 'getItemDetails', { item: name }, reading(context))
  const { kit, neededBy } = await call(
    context.clients.kits,
    'getKit',
    { item: item?.item?.id ?? name },
    reading(context),
  )
  return {
    ...itemDetailsShape(item),
    components: (kit?.components ?? []).map(componentShape),
    needed_by: neededBy.map(componentShape),
  }
}

async function showItem(context: CliContext, { args }: Given<object>): Promise<Output> {
  const json = await shownItem(context, args[0] ?? '')
  const price = ({ minor, currency }: typeof json.retail_price) => `${String(minor)} ${currency ?? ''} (smallest unit)`
  const parts = (list: typeof json.components) =>
    list.map(({ sku, quantity }) => `${String(quantity)} × ${sku}`).join(', ')
  return {
    json: { item: json },
    text: facts([
      ['id', json.id ?? ''],
      ['SKU', json.sku ?? ''],
      ['title', json.title ?? ''],
      ['description', orDash(json.description)],
      ['purchase price', price(json.purchase_price)],
      ['retail price', price(json.retail_price)],
      ['weight', `${String(json.weight_grams)} g`],
      ['tax rate', json.tax_rate === -1 ? 'the system’s default' : `${String(json.tax_rate)} %`],
      ['not tracked in', orDash(json.untracked_in.join(', '))],
      ['components', orDash(parts(json.components))],
      ['needed by', orDash(parts(json.needed_by))],
      ...json.properties.map(({ name, value, type }): [string, string] => [`property ${name}`, `${value} (${type})`]),
      ['version', String(json.version)],
      ['created', json.created_at ?? ''],
    ]),
  }
}
