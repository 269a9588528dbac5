import type { Kysely } from 'kysely'
import type { Price } from '../domain/item-details.ts'
import { priceProblem } from '../domain/item-change-problems.ts'
import { itemNamed } from '../domain/named.ts'
import { batchSizeProblem } from '../domain/quantities.ts'
import {
  batchRefused,
  lineNumber,
  lineRefused,
  refused,
  shown,
  type LineRefused,
  type Problem,
  type Refused,
} from '../domain/refusal.ts'
import { pricesOf, saveChannelPrices, type PriceToSet } from '../store/channel-prices.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { findItems } from '../store/items.ts'
import { currenciesOf } from '../store/location-users.ts'
import { mostBatchLines } from './set-stock.ts'
import { runCommand, type CommandCall, type CommandDeps } from './stock-transaction.ts'

export interface PriceLine {
  /** Id or SKU. */
  item: string
  accountId: string
  /** Nothing takes it away. */
  price: Price | undefined
}

export interface SetChannelPricesResult {
  changed: number
  unchanged: number
}

/** [S004-56] Sets what items cost in channel accounts, all or nothing. Whatever changes is announced, by whichever route it came. */
export async function setChannelPrices(
  deps: CommandDeps,
  command: CommandCall & { lines: readonly PriceLine[] },
): Promise<SetChannelPricesResult | Refused> {
  const { actor, idempotencyKey, lines } = command
  const problem = batchSizeProblem(lines.length, mostBatchLines)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'set-channel-prices', idempotencyKey, request: { lines } }, async (stock) => {
    const judged = await judgedPrices(stock.tx, lines)
    const bad = judged.flatMap((entry, index) => {
      return 'problem' in entry ? [lineRefused({ index, item: lines[index]?.item ?? '' }, entry.problem)] : []
    })
    const refusal = batchRefused(bad, lines.length)
    if (refusal) return refusal
    const prices = judged.flatMap((entry) => ('problem' in entry ? [] : [entry]))
    const cause = { reference: idempotencyKey, actor, note: '' }
    const changed = await saveChannelPrices(stock.tx, stock.ids, { prices, cause })
    return { changed, unchanged: lines.length - changed }
  })
}

/** What each line would do. */
export type PricePreview = { before: Price | undefined; changes: boolean } | { refusal: LineRefused }

/** What `setChannelPrices` would do, line by line; nothing is written. */
export async function previewChannelPrices(
  { db }: Pick<CommandDeps, 'db'>,
  lines: readonly PriceLine[],
): Promise<{ results: PricePreview[] } | Refused> {
  const problem = batchSizeProblem(lines.length, mostBatchLines)
  if (problem) return refused(problem)
  const judged = await judgedPrices(db, lines)
  const known = await pricesOf(
    db,
    judged.flatMap((entry) => ('problem' in entry ? [] : [entry])),
  )
  const results = judged.map((entry, index): PricePreview => {
    if ('problem' in entry) return { refusal: lineRefused({ index, item: lines[index]?.item ?? '' }, entry.problem) }
    const before = known.get(`${entry.itemId} ${entry.accountId}`)
    const { price } = entry
    return { before, changes: before?.minor !== price?.minor || before?.currency !== price?.currency }
  })
  return { results }
}

type JudgedPrice = PriceToSet | { problem: Problem }

async function judgedPrices(db: Kysely<InventoryDb>, lines: readonly PriceLine[]): Promise<JudgedPrice[]> {
  const items = await findItems(
    db,
    lines.map((line) => line.item),
  )
  const accounts = await currenciesOf(
    db,
    lines.map((line) => line.accountId),
  )
  const first = new Map<string, number>()
  return lines.map((line, index) => {
    const item = itemNamed(items.get(line.item) ?? [], line.item)
    if ('reason' in item) return { problem: item }
    const wrong =
      lineProblem(line) ??
      currencyProblem(line, accounts.get(line.accountId)) ??
      repeated(first, { key: `${item.id} ${line.accountId}`, index, line })
    return wrong ? { problem: wrong } : { itemId: item.id, accountId: line.accountId, price: line.price }
  })
}

function lineProblem({ accountId, price }: PriceLine): Problem | undefined {
  if (!/^acc_[0-9a-z]{1,56}$/.test(accountId)) {
    const message = `"${shown(accountId)}" is no account's id`
    return { reason: 'FIELD_INVALID', message, field: 'account_id', value: shown(accountId) }
  }
  if (!price || price.minor !== 0) return priceProblem('price', price)
  const nextStep = 'give a price above 0, or none to take it away'
  return { reason: 'FIELD_INVALID', message: 'a price of 0 cannot be asked for', nextStep, field: 'price', value: '0' }
}

/** An account that has not said yet what it sells in takes any currency; the connector sends none in another one. */
function currencyProblem(
  { price }: PriceLine,
  account: { name: string; currency: string } | undefined,
): Problem | undefined {
  if (!price || !account || price.currency === account.currency) return undefined
  const message = `the currency is "${shown(price.currency)}", but ${account.name} sells in ${account.currency}`
  const nextStep = `give the price in ${account.currency}`
  return { reason: 'FIELD_INVALID', message, nextStep, field: 'currency', value: shown(price.currency) }
}

function repeated(
  first: Map<string, number>,
  { key, index, line }: { key: string; index: number; line: PriceLine },
): Problem | undefined {
  const before = first.get(key)
  if (before === undefined) {
    first.set(key, index)
    return undefined
  }
  const message = `${shown(line.item)} in ${line.accountId} is priced by line ${lineNumber(before)} already`
  return { reason: 'LINE_DUPLICATE', message, nextStep: 'name each price once', field: 'item', value: shown(line.item) }
}
