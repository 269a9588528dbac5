import { readFile } from 'node:fs/promises'

import { call } from '@lockstep/rpc/client'
import type { Item } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { Command } from 'commander'
import { parse } from 'csv-parse/sync'

import { moreHint, pageOf, type PageOptions, type Given, type Run, TIMEOUT_MS, wholeNumber } from '../command.ts'
import type { CliContext } from '../context.ts'
import { facts, type Output, table, UsageError } from '../output.ts'
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

const SLICE = 1000

async function importItems(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [file = ''] = args
  const lines = importLines(file === '-' ? await context.readStdin('the CSV') : await readCsv(file))
  const totals = { created: 0, updated: 0, unchanged: 0 }
  for (let start = 0; start < lines.length; start += SLICE) {
    const answer = await call(
      context.clients.inventory,
      'importItems',
      {
        idempotencyKey: `${context.idempotencyKey}:${String(start)}`,
        lines: lines.slice(start, start + SLICE),
        checkOnly: false,
      },
      { timeoutMs: TIMEOUT_MS, actor: context.actor },
    )
    totals.created += answer.created
    totals.updated += answer.updated
    totals.unchanged += answer.unchanged
    context.progress(`${String(Math.min(start + SLICE, lines.length))} of ${String(lines.length)}`)
  }
  return {
    json: totals,
    text: `${String(totals.created)} created, ${String(totals.updated)} updated, ${String(totals.unchanged)} unchanged\n`,
  }
}

async function readCsv(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`"${file}" cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

interface ImportLine {
  readonly sku: string
  readonly title: string
  readonly onHand: bigint | undefined
  readonly location: string
}

function importLines(csv: string): ImportLine[] {
  const rows = parseRows(csv)
  const [first] = rows
  if (!first) throw new UsageError('the CSV has no lines below its header')
  if (!('sku' in first)) throw new UsageError('the CSV has no column "sku"')
  return rows.map((row, index) => ({
    sku: row['sku'] ?? '',
    title: row['title'] ?? '',
    onHand: row['on_hand'] ? BigInt(wholeNumber(row['on_hand'], `on_hand of line ${String(index + 2)}`)) : undefined,
    location: row['location'] ?? '',
  }))
}

function parseRows(csv: string): Record<string, string>[] {
  try {
    return parse<Record<string, string>>(csv, { columns: true, bom: true, skip_empty_lines: true })
  } catch (error) {
    throw new UsageError(`the CSV cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
