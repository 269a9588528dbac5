import { call } from '@lockstep/rpc/client'
import type { Listing } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import type { StockLineResult } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { Command } from 'commander'

import { moreHint, pageOf, type PageOptions, type Given, type Run, TIMEOUT_MS, wholeNumber } from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table } from '../output.ts'
import { levelShape, movementShape, stockShape } from '../shapes/stock.ts'
import { textOrNull } from '../shapes/values.ts'
import { exporting, importing } from './csv-options.ts'
import { exportStock, importStock } from './stock-files.ts'

interface WriteOptions {
  readonly location?: string
  readonly note?: string
}

const writing = (command: Command): Command =>
  command.option('--location <location>', 'where; Default when not given').option('--note <text>', 'why')

/** stock set, adjust, show, history, import, export. */
export function addStockCommands(program: Command, run: Run): void {
  const stock = program.command('stock').description('stock levels and their history')
  writing(
    stock.command('set <item> <on-hand>').description('set what is on the shelf (on-hand, never available)'),
  ).action(run(setStock))
  writing(
    stock.command('adjust <item> <difference>').description('move on-hand by a difference, such as +3 or -2'),
  ).action(run(adjustStock))
  stock.command('show <item>').description('show the levels of an item and where they are sold').action(run(showStock))
  stock
    .command('history <item>')
    .description('show the ledger of an item, newest first')
    .option('--location <location>', 'only this one')
    .option('--page-size <n>', 'entries per page, up to 1,000')
    .option('--page-token <token>', 'the next page')
    .action(run(showHistory))
  importing(
    stock
      .command('import <file>')
      .description('set on-hand from a CSV with the columns sku, on_hand and, where it is not Default, location'),
  )
    .option('--note <text>', 'why')
    .action(run(importStock))
  exporting(stock.command('export <file>').description('write every level into a CSV that stock import takes back'))
    .option('--location <location>', 'only this one')
    .action(run(exportStock))
}

async function setStock(context: CliContext, { args, options }: Given<WriteOptions>): Promise<Output> {
  const [item = '', onHand = ''] = args
  const line = { item, location: options.location ?? '', onHand: BigInt(wholeNumber(onHand, 'on-hand')) }
  const { results } = await call(
    context.clients.inventory,
    'setStock',
    { idempotencyKey: context.idempotencyKey, lines: [line], partial: false, note: options.note ?? '' },
    { timeoutMs: TIMEOUT_MS, actor: context.actor },
  )
  return written(item, results)
}

async function adjustStock(context: CliContext, { args, options }: Given<WriteOptions>): Promise<Output> {
  const [item = '', delta = ''] = args
  const line = { item, location: options.location ?? '', delta: BigInt(wholeNumber(delta, 'difference')) }
  const { results } = await call(
    context.clients.inventory,
    'adjustStock',
    { idempotencyKey: context.idempotencyKey, lines: [line], partial: false, note: options.note ?? '' },
    { timeoutMs: TIMEOUT_MS, actor: context.actor },
  )
  return written(item, results)
}

function written(item: string, results: readonly StockLineResult[]): Output {
  const levels = results.flatMap(({ level }) => (level ? [levelShape(level)] : []))
  const text = levels.map(
    (level) =>
      `${item} in ${level.name}: ${String(level.on_hand)} on hand, ${String(level.reserved)} reserved, ${String(level.available)} available\n`,
  )
  return { json: { levels }, text: text.join('') }
}

async function showStock(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [item = ''] = args
  const options = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const stock = await call(context.clients.inventory, 'getStock', { item }, options)
  const json = stockShape(stock, await listingsOf(context, stock.item?.id ?? ''))
  const levels = json.locations.map((level) => [
    level.name,
    level.kind,
    ...[level.on_hand, level.reserved, level.held, level.available].map(String),
  ])
  const listings = (json.listings ?? []).map((listing) => [
    listing.marketplace,
    listing.channel_sku,
    ...[listing.desired, listing.accepted, listing.seen].map(orDash),
    listing.state,
  ])
  return {
    json,
    text: [
      `${json.item.sku ?? ''}  ${json.item.title ?? ''}\n\n`,
      table(['LOCATION', 'KIND', 'ON HAND', 'RESERVED', 'HELD', 'AVAILABLE'], levels),
      '\n',
      json.listings === null
        ? 'the channel connector is not answering: listings are not shown\n'
        : table(['MARKET', 'CHANNEL SKU', 'DESIRED', 'ACCEPTED', 'SEEN', 'STATE'], listings),
    ].join(''),
  }
}

const CONNECTOR_TIMEOUT_MS = 5_000

/** Undefined when the connector cannot be asked: stock is shown all the same. */
async function listingsOf(context: CliContext, itemId: string): Promise<readonly Listing[] | undefined> {
  try {
    const options = { timeoutMs: CONNECTOR_TIMEOUT_MS, actor: context.actor }
    const answer = await call(context.clients.mapping, 'listListingsOfItem', { itemId }, options)
    return answer.listings
  } catch {
    return undefined
  }
}

const signed = (change: number): string => (change > 0 ? `+${String(change)}` : String(change))

async function showHistory(
  context: CliContext,
  { args, options }: Given<PageOptions & { location?: string }>,
): Promise<Output> {
  const [item = ''] = args
  const answer = await call(
    context.clients.inventory,
    'listMovements',
    { item, location: options.location ?? '', page: pageOf(options) },
    { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true },
  )
  const movements = answer.movements.map(movementShape)
  const rows = movements.map((movement) => [
    orDash(movement.at),
    movement.location.name,
    signed(movement.on_hand_change),
    signed(movement.reserved_change),
    signed(movement.held_change),
    String(movement.on_hand_after),
    String(movement.on_hand_after - movement.reserved_after),
    orDash(movement.cause.kind),
    orDash(movement.cause.reference),
    orDash(movement.cause.actor),
  ])
  return {
    json: { movements, next_page_token: textOrNull(answer.nextPageToken) },
    text:
      table(
        ['AT', 'LOCATION', 'ON HAND', 'RESERVED', 'HELD', '= ON HAND', '= FREE', 'CAUSE', 'REFERENCE', 'BY'],
        rows,
      ) + moreHint(answer.nextPageToken),
  }
}
