import { call } from '@lockstep/rpc/client'
import { OrderState } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { Despatch } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_service.ts'
import type { Command } from 'commander'

import {
  AMAZON_TIMEOUT_MS,
  moreHint,
  pageOf,
  paged,
  type PageOptions,
  type Given,
  type Run,
  TIMEOUT_MS,
} from '../command.ts'
import type { CliContext } from '../context.ts'
import { facts, orDash, type Output, table, UsageError } from '../output.ts'
import { addMoveOrderCommand } from './move-order.ts'
import { auditShape, despatchShape, orderPartsShape, orderShape } from '../shapes/orders.ts'
import { isoTime, textOrNull } from '../shapes/values.ts'

/** orders list, show, audit, sync, process, move, send-again, quarantine. */
export function addOrderCommands(program: Command, run: Run): void {
  const orders = program.command('orders').description('orders and what was done with them')
  paged(
    orders
      .command('list')
      .description('list the orders, newest first')
      .option('--account <account>', 'only this account')
      .option('--state <state>', 'parked, open, processed or cancelled')
      .option('--folder <folder>', 'FBM or FBA')
      .option('--search <text>', 'part of the order id or a channel SKU'),
  ).action(run(listOrders))
  orders.command('show <order>').description("show one order, by our id or Amazon's").action(run(showOrder))
  paged(orders.command('audit <order>').description('show the audit trail of an order')).action(run(showAudit))
  orders.command('sync <account>').description('poll Amazon now, inside the rate limit').action(run(syncOrders))
  orders
    .command('process <order>')
    .description('process an order: stock falls and Amazon is told')
    .requiredOption('--carrier <code>', 'carrier code, such as "Royal Mail"')
    .option('--carrier-name <name>', 'the carrier, when its code is Other')
    .option('--service <service>', 'the carrier’s service')
    .requiredOption('--tracking <number>', 'tracking number')
    .action(run(processOrder))
  addMoveOrderCommand(orders, run)
  orders
    .command('send-again <order>')
    .description('tell Amazon after all of a despatch that was held, rejected, or failed for good')
    .option('--parcel <number>', 'which one, when several have stopped')
    .action(run(sendAgain))
  paged(
    orders
      .command('quarantine')
      .description('orders that could not be taken in')
      .option('--account <account>', 'only this account'),
  ).action(run(listQuarantine))
}

const reading = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true }) as const

/** Orders know accounts by id only; the user may give a name. */
async function accountId(context: CliContext, account: string | undefined): Promise<string> {
  if (account === undefined || account.startsWith('acc_')) return account ?? ''
  const answer = await call(context.clients.accounts, 'getAccount', { account }, reading(context))
  return answer.account?.id ?? ''
}

interface ListOptions extends PageOptions {
  readonly account?: string
  readonly state?: string
  readonly folder?: string
  readonly search?: string
}

const states: Readonly<Record<string, OrderState>> = {
  parked: OrderState.PARKED,
  open: OrderState.OPEN,
  processed: OrderState.PROCESSED,
  cancelled: OrderState.CANCELLED,
}

function stateOf(text: string | undefined): OrderState {
  if (text === undefined) return OrderState.UNSPECIFIED
  const state = states[text]
  if (!state) throw new UsageError(`--state is "${text}": give parked, open, processed or cancelled`)
  return state
}

async function listOrders(context: CliContext, { options }: Given<ListOptions>): Promise<Output> {
  const request = {
    accountId: await accountId(context, options.account),
    state: stateOf(options.state),
    folder: options.folder ?? '',
    search: options.search ?? '',
    page: pageOf(options),
  }
  const answer = await call(context.clients.orders, 'listOrders', request, reading(context))
  const orders = answer.orders.map((order) => ({
    ...orderShape(order, []),
    lines: order.lines.map((line) => ({ channel_sku: line.channelSku, ordered: Number(line.ordered) })),
  }))
  const rows = orders.map((order) => [
    order.channel_order_id,
    order.marketplace,
    order.folder,
    order.state,
    order.channel_status,
    order.lines.map((line) => `${String(line.ordered)} × ${line.channel_sku}`).join(', '),
    orDash(order.created_at),
    order.id,
  ])
  return {
    json: { orders, next_page_token: textOrNull(answer.nextPageToken) },
    text:
      table(['AMAZON ORDER', 'MARKET', 'FOLDER', 'STATE', 'ON AMAZON', 'LINES', 'CREATED', 'ID'], rows) +
      moreHint(answer.nextPageToken),
  }
}

async function showOrder(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [name = ''] = args
  const { clients } = context
  const options = reading(context)
  const found = await call(clients.orders, 'getOrder', { order: name }, options)
  const orderId = found.order?.id ?? ''
  const [books, despatches, locations] = await Promise.all([
    call(clients.inventory, 'getOrderBooks', { orderId }, options),
    call(clients.despatches, 'listDespatches', { orderId }, options),
    call(clients.inventory, 'listLocations', {}, options),
  ])
  const json = orderPartsShape({
    found,
    books: books.lines,
    despatches: despatches.despatches,
    locations: locations.locations,
  })
  return { json, text: orderText(json, found.cannotDespatchDetail) }
}

function orderText(json: ReturnType<typeof orderPartsShape>, cannotDetail: string): string {
  const { order } = json
  const lines = json.lines.map((line) => [
    line.channel_sku,
    orDash(line.item?.sku),
    ...[line.ordered, line.cancelled, line.despatched, line.shipped_outside, line.reserved].map(String),
  ])
  const despatches = json.despatches.map((despatch) => [
    despatch.parcel,
    despatch.carrier,
    orDash(despatch.tracking),
    despatch.state,
    String(despatch.attempts),
    orDash(despatch.error),
  ])
  return [
    facts([
      ['order', `${order?.channel_order_id ?? ''} (${order?.id ?? ''})`],
      ['marketplace', `${order?.marketplace ?? ''}, ${order?.folder ?? ''}`],
      ['state', `${order?.state ?? ''}, on Amazon ${order?.channel_status ?? ''}`],
      ['location', orDash(order?.location?.name)],
      ['created', orDash(order?.created_at)],
      ['ship by', orDash(order?.ship_by)],
      ['can be despatched', json.can_despatch ? 'yes' : `no: ${cannotDetail} (${json.cannot_despatch_reason ?? ''})`],
    ]),
    '\n',
    table(['CHANNEL SKU', 'ITEM', 'ORDERED', 'CANCELLED', 'DESPATCHED', 'OUTSIDE', 'RESERVED'], lines),
    '\n',
    json.despatches.length > 0
      ? table(['PARCEL', 'CARRIER', 'TRACKING', 'STATE', 'ATTEMPTS', 'ERROR'], despatches)
      : '',
  ].join('')
}

async function showAudit(context: CliContext, { args, options }: Given<PageOptions>): Promise<Output> {
  const [order = ''] = args
  const answer = await call(
    context.clients.orders,
    'listAuditEntries',
    { order, page: pageOf(options) },
    reading(context),
  )
  const entries = answer.entries.map(auditShape)
  const rows = entries.map((entry) => [
    orDash(entry.at),
    entry.text,
    orDash(entry.note),
    orDash(entry.old),
    orDash(entry.new),
    orDash(entry.actor),
  ])
  return {
    json: { order: answer.orderId, entries, next_page_token: textOrNull(answer.nextPageToken) },
    text: table(['AT', 'WHAT', 'NOTE', 'BEFORE', 'AFTER', 'BY'], rows) + moreHint(answer.nextPageToken),
  }
}

async function syncOrders(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, accountId: await accountId(context, account) }
  const answer = await call(context.clients.orders, 'syncOrders', request, {
    timeoutMs: AMAZON_TIMEOUT_MS,
    actor: context.actor,
  })
  const json = {
    result: answer.result,
    orders: answer.orders,
    changed: answer.changed,
    covered_until: isoTime(answer.coveredUntil),
    detail: textOrNull(answer.detail),
  }
  return {
    json,
    text: `${json.result}: ${String(json.orders)} orders read, ${String(json.changed)} new or changed; covered until ${orDash(json.covered_until)}\n${json.detail ? `${json.detail}\n` : ''}`,
  }
}

interface ProcessOptions {
  readonly carrier: string
  readonly carrierName?: string
  readonly service?: string
  readonly tracking: string
}

async function processOrder(context: CliContext, { args, options }: Given<ProcessOptions>): Promise<Output> {
  const [order = ''] = args
  const request = {
    idempotencyKey: context.idempotencyKey,
    order,
    carrier: options.carrier,
    carrierName: options.carrierName ?? '',
    service: options.service ?? '',
    tracking: options.tracking,
    lines: [],
  }
  const { despatch } = await call(context.clients.despatches, 'processOrder', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  return despatched(despatch, 'is processed')
}

async function sendAgain(context: CliContext, { args, options }: Given<{ parcel?: string }>): Promise<Output> {
  const [order = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, order, parcel: options.parcel ?? '' }
  const { despatch } = await call(context.clients.despatches, 'sendDespatchAgain', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  return despatched(despatch, 'is in line again')
}

function despatched(despatch: Despatch | undefined, what: string): Output {
  if (!despatch) throw new Error('the answer holds no despatch')
  const json = despatchShape(despatch)
  return {
    json: { despatch: json, order: { id: despatch.orderId, channel_order_id: despatch.channelOrderId } },
    text: `${despatch.channelOrderId} ${what}; the despatch ${json.id} is ${json.state}. Follow it: lockstep orders audit ${despatch.channelOrderId}\n`,
  }
}

async function listQuarantine(
  context: CliContext,
  { options }: Given<PageOptions & { account?: string }>,
): Promise<Output> {
  const request = { accountId: await accountId(context, options.account), page: pageOf(options) }
  const answer = await call(context.clients.orders, 'listQuarantine', request, reading(context))
  const orders = answer.orders.map((order) => ({
    channel_order_id: textOrNull(order.channelOrderId),
    reason: order.reason,
    first_seen_at: isoTime(order.firstSeenAt),
    seen: order.seen,
  }))
  const rows = orders.map((order) => [
    orDash(order.channel_order_id),
    order.reason,
    orDash(order.first_seen_at),
    String(order.seen),
  ])
  return {
    json: { orders, next_page_token: textOrNull(answer.nextPageToken) },
    text: table(['AMAZON ORDER', 'REASON', 'FIRST SEEN', 'SEEN'], rows) + moreHint(answer.nextPageToken),
  }
}
