import { call } from '@lockstep/rpc/client'
import {
  type Transfer,
  type TransferQuantity,
  TransferState,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/transfer_service.ts'
import type { Command } from 'commander'

import { moreHint, pageOf, paged, type PageOptions, type Given, type Run, TIMEOUT_MS, wholeNumber } from '../command.ts'
import type { CliContext } from '../context.ts'
import { facts, orDash, type Output, table, UsageError } from '../output.ts'
import { transferShape } from '../shapes/transfers.ts'
import { textOrNull } from '../shapes/values.ts'

/** stock transfer send, receive, cancel, show, list. */
export function addTransferCommands(stock: Command, run: Run): void {
  const transfer = stock.command('transfer').description('goods on their way from one location to another')
  transfer
    .command('send <from> <to> <item=quantity...>')
    .description('take units off one shelf and on their way to another')
    .option('--arrived', 'they are there already: one step from shelf to shelf')
    .option('--note <text>', 'why')
    .option('--reference <text>', 'what it belongs to')
    .action(run(sendTransfer))
  transfer
    .command('receive <transfer> [item=quantity...]')
    .description('put on the shelf what has arrived: all that is on its way when no item is given')
    .option('--note <text>', 'a word on it')
    .action(run(receiveTransfer))
  transfer
    .command('cancel <transfer>')
    .description('put what has not arrived back where it came from')
    .option('--note <text>', 'why')
    .action(run(cancelTransfer))
  transfer.command('show <transfer>').description('show one transfer').action(run(showTransfer))
  paged(
    transfer
      .command('list')
      .description('list the transfers, newest first')
      .option('--item <item>', 'only of this item')
      .option('--location <location>', 'only from it or to it')
      .option('--state <state>', Object.keys(states).join(', ')),
  ).action(run(listTransfers))
}

const states: Readonly<Record<string, TransferState>> = {
  in_flight: TransferState.IN_FLIGHT,
  received: TransferState.RECEIVED,
  cancelled: TransferState.CANCELLED,
}

/** `SKU=3`; a SKU may hold an equals sign itself, so the last one counts. */
function unitsOf(text: string): TransferQuantity {
  const at = text.lastIndexOf('=')
  if (at < 1) throw new UsageError(`"${text}" names no quantity: give the item and how many, such as SKU=3`)
  const item = text.slice(0, at)
  return { item, quantity: BigInt(wholeNumber(text.slice(at + 1), `the quantity of ${item}`)) }
}

const writing = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor })
const reading = (context: CliContext) => ({ ...writing(context), readOnly: true }) as const

interface SendOptions {
  readonly arrived?: boolean
  readonly note?: string
  readonly reference?: string
}

async function sendTransfer(context: CliContext, { args, options }: Given<SendOptions>): Promise<Output> {
  const [fromLocation = '', toLocation = '', ...units] = args
  const { arrived = false, note = '', reference = '' } = options
  const lines = units.map(unitsOf)
  const request = { idempotencyKey: context.idempotencyKey, fromLocation, toLocation, lines, reference, note, arrived }
  const { transfer } = await call(context.clients.transfers, 'sendTransfer', request, writing(context))
  return one(transfer)
}

async function receiveTransfer(context: CliContext, { args, options }: Given<{ note?: string }>): Promise<Output> {
  const [transferId = '', ...units] = args
  const lines = units.map(unitsOf)
  const request = { idempotencyKey: context.idempotencyKey, transferId, lines, note: options.note ?? '' }
  const { transfer } = await call(context.clients.transfers, 'receiveTransfer', request, writing(context))
  return one(transfer)
}

async function cancelTransfer(context: CliContext, { args, options }: Given<{ note?: string }>): Promise<Output> {
  const [transferId = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, transferId, note: options.note ?? '' }
  const { transfer } = await call(context.clients.transfers, 'cancelTransfer', request, writing(context))
  return one(transfer)
}

async function showTransfer(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [transferId = ''] = args
  const { transfer } = await call(context.clients.transfers, 'getTransfer', { transferId }, reading(context))
  return one(transfer)
}

function one(answer: Transfer | undefined): Output {
  if (!answer) throw new Error('the answer holds no transfer')
  const transfer = transferShape(answer)
  const rows = transfer.lines.map((line) => [
    line.item.sku,
    ...[line.sent, line.received, line.returned, line.in_flight].map(String),
  ])
  const text = [
    facts([
      ['transfer', `${transfer.id}, ${transfer.state}`],
      ['way', `${transfer.from.name} → ${transfer.to.name}`],
      ['sent', `${orDash(transfer.sent_at)} by ${orDash(transfer.actor)}`],
      ['ended', orDash(transfer.ended_at)],
    ]),
    '\n',
    table(['ITEM', 'SENT', 'RECEIVED', 'WENT BACK', 'ON ITS WAY'], rows),
    transfer.state === 'in_flight' ? `when it is there: lockstep stock transfer receive ${transfer.id}\n` : '',
  ]
  return { json: { transfer }, text: text.join('') }
}

interface ListOptions extends PageOptions {
  readonly item?: string
  readonly location?: string
  readonly state?: string
}

function stateOf(text: string | undefined): TransferState {
  if (text === undefined) return TransferState.UNSPECIFIED
  const state = states[text]
  if (!state) throw new UsageError(`--state is "${text}": give one of ${Object.keys(states).join(', ')}`)
  return state
}

async function listTransfers(context: CliContext, { options }: Given<ListOptions>): Promise<Output> {
  const { item = '', location = '' } = options
  const request = { item, location, state: stateOf(options.state), page: pageOf(options) }
  const answer = await call(context.clients.transfers, 'listTransfers', request, reading(context))
  const transfers = answer.transfers.map(transferShape)
  const rows = transfers.map((transfer) => [
    transfer.id,
    transfer.state,
    transfer.from.name,
    transfer.to.name,
    transfer.lines.map((line) => `${String(line.sent)} × ${line.item.sku}`).join(', '),
    orDash(transfer.sent_at),
    orDash(transfer.ended_at),
  ])
  return {
    json: { transfers, next_page_token: textOrNull(answer.nextPageToken) },
    text: table(['TRANSFER', 'STATE', 'FROM', 'TO', 'LINES', 'SENT', 'ENDED'], rows) + moreHint(answer.nextPageToken),
  }
}
