import { call } from '@lockstep/rpc/client'
import type { Listing } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import {
  MovementKind,
  type StockLineResult,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { IncidentKind } from '@lockstep/contracts/generated/lockstep/inventory/v1/ledger_service.ts'
import { TransferState } from '@lockstep/contracts/generated/lockstep/inventory/v1/transfer_service.ts'
import type { Command } from 'commander'

import { type Given, type Run, TIMEOUT_MS, wholeNumber } from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { incidentShape } from '../shapes/incidents.ts'
import { levelShape, stockShape } from '../shapes/stock.ts'
import { inFlightShape } from '../shapes/transfers.ts'
import { exporting, importing } from './csv-options.ts'
import { addIncidentCommands, incidentTable } from './incidents.ts'
import { exportStock, importStock } from './stock-files.ts'
import { addHistoryCommand } from './stock-history.ts'
import { addTransferCommands } from './transfers.ts'

interface WriteOptions {
  readonly location?: string
  readonly note?: string
  readonly reference?: string
}

const writing = (command: Command): Command =>
  command
    .option('--location <location>', 'where; Default when not given')
    .option('--note <text>', 'why')
    .option('--reference <text>', 'what it belongs to, such as a purchase order')

/** stock set, adjust, show, history, import, export, incidents, transfer. */
export function addStockCommands(program: Command, run: Run): void {
  const stock = program.command('stock').description('stock levels and their history')
  writing(
    stock.command('set <item> <on-hand>').description('set what is on the shelf (on-hand, never available)'),
  ).action(run(setStock))
  writing(stock.command('adjust <item> <difference>').description('move on-hand by a difference, such as +3 or -2'))
    .option('--kind <kind>', 'adjustment, receipt, return or correction', 'adjustment')
    .action(run(adjustStock))
  stock.command('show <item>').description('show the levels of an item and where they are sold').action(run(showStock))
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
  addHistoryCommand(stock, run)
  addIncidentCommands(stock, run)
  addTransferCommands(stock, run)
}

async function setStock(context: CliContext, { args, options }: Given<WriteOptions>): Promise<Output> {
  const [item = '', onHand = ''] = args
  const line = { item, location: options.location ?? '', onHand: BigInt(wholeNumber(onHand, 'on-hand')) }
  const { results } = await call(
    context.clients.inventory,
    'setStock',
    { idempotencyKey: context.idempotencyKey, lines: [line], partial: false, ...wordsOf(options) },
    { timeoutMs: TIMEOUT_MS, actor: context.actor },
  )
  return written(item, results)
}

const wordsOf = ({ note = '', reference }: WriteOptions) => ({ note, reference })

const movementKinds: Readonly<Record<string, MovementKind>> = {
  adjustment: MovementKind.ADJUSTMENT,
  receipt: MovementKind.RECEIPT,
  return: MovementKind.RETURN,
  correction: MovementKind.CORRECTION,
}

async function adjustStock(
  context: CliContext,
  { args, options }: Given<WriteOptions & { kind: string }>,
): Promise<Output> {
  const [item = '', delta = ''] = args
  const kind = movementKinds[options.kind]
  if (!kind) throw new UsageError(`--kind is "${options.kind}": give adjustment, receipt, return or correction`)
  const line = { item, location: options.location ?? '', delta: BigInt(wholeNumber(delta, 'difference')) }
  const { results } = await call(
    context.clients.inventory,
    'adjustStock',
    { idempotencyKey: context.idempotencyKey, lines: [line], partial: false, kind, ...wordsOf(options) },
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
  const itemId = stock.item?.id ?? ''
  const [listed, { incidents }, { transfers }] = await Promise.all([
    listingsOf(context, itemId),
    call(context.clients.ledger, 'listIncidents', { ...openIncidents, item: itemId }, options),
    call(context.clients.transfers, 'listTransfers', { ...onTheWay, item: itemId }, options),
  ])
  const json = {
    ...stockShape(stock, listed),
    in_flight: inFlightShape(itemId, transfers).filter(({ quantity }) => quantity > 0),
    incidents: incidents.map(incidentShape),
  }
  const levels = json.locations.map((level) => [
    level.name,
    level.kind,
    ...[level.on_hand, level.reserved, level.held, level.available].map(String),
    level.state === 'ok' ? '' : level.state.toUpperCase(),
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
      table(['LOCATION', 'KIND', 'ON HAND', 'RESERVED', 'HELD', 'AVAILABLE', ''], levels),
      ...json.in_flight.map(
        ({ quantity, from, to, transfer }) =>
          `on its way: ${String(quantity)} from ${from.name} to ${to.name} (${transfer})\n`,
      ),
      json.incidents.length === 0 ? '' : `\n${incidentTable(json.incidents)}`,
      '\n',
      json.listings === null
        ? 'the channel connector is not answering: listings are not shown\n'
        : table(['MARKET', 'CHANNEL SKU', 'DESIRED', 'ACCEPTED', 'SEEN', 'STATE'], listings),
    ].join(''),
  }
}

const onTheWay = { location: '', state: TransferState.IN_FLIGHT, page: { size: 100, token: '' } }

/** As many as a person looks at; there is one of a kind per location, beside cancelled lines. */
const openIncidents = { kind: IncidentKind.UNSPECIFIED, includeClosed: false, page: { size: 100, token: '' } }

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
