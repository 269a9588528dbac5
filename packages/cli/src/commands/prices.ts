import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, moreHint, onOff, pageOf, paged, type PageOptions, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { priceText } from '../csv/cells.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { channelPriceShape, priceChangeShape } from '../shapes/prices.ts'
import { textOrNull } from '../shapes/values.ts'
import { accountIdOf, accountNamed, accountNames, currencyProblem } from './account-id.ts'
import { exporting, importing } from './csv-options.ts'
import { amountOf } from './item-set.ts'
import { exportPrices, importPrices } from './price-files.ts'

/** prices list, set, import, export, follow, status. */
export function addPriceCommands(program: Command, run: Run): void {
  const prices = program.command('prices').description('channel prices, and whether listings follow them')
  paged(prices.command('list').description('list the channel prices'))
    .option('--account <account>', 'only of this account')
    .option('--item <item>', 'only of this item')
    .action(run(listPrices))
  prices
    .command('set <account> <item> <amount>')
    .description('set what an item costs in an account, such as "9.99 GBP"; "none" takes the price away')
    // "-1 GBP" is an amount that is refused as one, not an option that nobody knows.
    .allowUnknownOption()
    .action(run(setPrice))
  importing(
    prices
      .command('import <account> <file>')
      .description('set channel prices of an account from a CSV with the columns sku, price, currency'),
  ).action(run(importPrices))
  exporting(
    prices.command('export <account> <file>').description('write an account’s channel prices into a CSV'),
  ).action(run(exportPrices))
  prices
    .command('follow <account> <on|off>')
    .description('Price Change: whether the account’s listings follow channel prices that change from now on')
    .action(run(followPrices))
  paged(prices.command('status <account>').description('list what became of channel prices, newest first'))
    .option('--item <item>', 'only of this item')
    .action(run(priceStatus))
}

const reading = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true }) as const

interface ListOptions extends PageOptions {
  readonly account?: string
  readonly item?: string
}

async function listPrices(context: CliContext, { options }: Given<ListOptions>): Promise<Output> {
  const accountId = options.account === undefined ? '' : await accountIdOf(context, options.account)
  const request = { item: options.item ?? '', accountId, page: pageOf(options) }
  const answer = await call(context.clients.prices, 'listChannelPrices', request, reading(context))
  const prices = answer.prices.map(channelPriceShape)
  const names = await accountNames(context)
  const rows = answer.prices.map(({ itemSku, accountId: account, price, changedAt, actor }) => [
    itemSku,
    names.get(account) ?? account,
    price ? `${priceText(price)} ${price.currency}` : '',
    orDash(changedAt?.toISOString()),
    actor,
  ])
  return {
    json: { prices, next_page_token: textOrNull(answer.nextPageToken) },
    text: table(['SKU', 'ACCOUNT', 'PRICE', 'CHANGED', 'BY'], rows) + moreHint(answer.nextPageToken),
  }
}

async function setPrice(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = '', item = '', amount = ''] = args
  const price = amount === 'none' ? undefined : amountOf(amount, 'the price')
  const known = await accountNamed(context, account)
  const problem = price && currencyProblem(known, price.currency)
  if (problem) throw new UsageError(problem, { field: 'the price', value: amount })
  const line = { item, accountId: known.id, price }
  const { changed, unchanged } = await call(
    context.clients.prices,
    'setChannelPrices',
    { idempotencyKey: context.idempotencyKey, lines: [line] },
    { timeoutMs: TIMEOUT_MS, actor: context.actor },
  )
  const text = changed > 0 ? `${item} costs ${amount} in ${account}\n` : 'nothing has changed\n'
  return { json: { changed, unchanged }, text }
}

async function followPrices(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = '', word = ''] = args
  const on = onOff(word, 'the switch')
  if (on === undefined) throw new UsageError('give on or off')
  const request = { idempotencyKey: context.idempotencyKey, account, on }
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  const answer = await call(context.clients.priceChange, 'setPriceChange', request, settings)
  return {
    json: { account: answer.accountId, price_change: answer.on },
    text: `Price Change of ${account} is ${answer.on ? 'on' : 'off'}\n`,
  }
}

async function priceStatus(
  context: CliContext,
  { args, options }: Given<PageOptions & { item?: string }>,
): Promise<Output> {
  const [account = ''] = args
  const request = { account, itemId: await itemIdOf(context, options.item), page: pageOf(options) }
  const answer = await call(context.clients.priceChange, 'listPriceChanges', request, reading(context))
  const rows = answer.changes.map(({ itemId, itemSku, price, state, detail, jobId, stateAt }) => [
    itemSku || itemId,
    price ? `${priceText(price)} ${price.currency}` : '–',
    state,
    orDash(detail || jobId),
    orDash(stateAt?.toISOString()),
  ])
  return {
    json: {
      price_change: answer.on,
      changes: answer.changes.map(priceChangeShape),
      next_page_token: textOrNull(answer.nextPageToken),
    },
    text: [
      `Price Change is ${answer.on ? 'on' : 'off'}\n\n`,
      table(['ITEM', 'PRICE', 'STATE', '', 'SINCE'], rows),
      moreHint(answer.nextPageToken),
    ].join(''),
  }
}

async function itemIdOf(context: CliContext, name: string | undefined): Promise<string> {
  if (name === undefined) return ''
  const { item } = await call(context.clients.inventory, 'getItem', { item: name }, reading(context))
  return item?.id ?? ''
}
