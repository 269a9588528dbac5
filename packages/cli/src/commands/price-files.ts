import type {
  ChannelPrice,
  ChannelPriceResult,
  SetChannelPriceLine,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/price_service.ts'
import { call } from '@lockstep/rpc/client'

import { type Given, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { CellError, priceCell, priceText, textCell } from '../csv/cells.ts'
import { type CheckedLine, checkFile, importFile, type ImportTarget } from '../csv/import-file.ts'
import type { CsvRow } from '../csv/read-csv.ts'
import { writeCsv } from '../csv/write-csv.ts'
import type { Output } from '../output.ts'
import { accountIdOf, accountNamed, currencyProblem, type PricedAccount } from './account-id.ts'
import { csvSource, type ImportOptions, previewOutput } from './csv-options.ts'

const columns = ['sku', 'price', 'currency']
const outcomes = ['changed', 'unchanged'] as const

/** Sets channel prices from a CSV; see `importFile`. A line without a price changes nothing. */
export async function importPrices(context: CliContext, { args, options }: Given<ImportOptions>): Promise<Output> {
  const [account = '', file = ''] = args
  const source = await csvSource(context, file, options)
  const target = priceTarget(context, await accountNamed(context, account))
  if (options.preview === true) return previewOutput(await checkFile(source, target), outcomes)
  const done = await importFile(source, target, context)
  const written = done['written'] ?? 0
  return { json: { lines: written }, text: `${String(written)} prices are as the file says\n` }
}

function priceTarget(context: CliContext, account: PricedAccount): ImportTarget<SetChannelPriceLine> {
  const { prices } = context.clients
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  return {
    columns: { needed: columns, known: columns, prefixes: [] },
    lineOf: (row) => priceLine(row, account),
    keyOf: ({ item }) => item,
    async check(lines) {
      const request = { lines: [...lines] }
      const { results } = await call(prices, 'previewChannelPrices', request, { ...settings, readOnly: true })
      return results.map((result, index) => checkedLine(result, lines[index]))
    },
    async write(lines, idempotencyKey) {
      await call(prices, 'setChannelPrices', { idempotencyKey, lines: [...lines] }, settings)
      return lines.map(() => ({ outcome: 'written' }))
    },
  }
}

/** What a line of the file sets. */
export function priceLine(row: CsvRow, account: PricedAccount): SetChannelPriceLine | undefined {
  const item = textCell(row, 'sku') ?? ''
  const price = priceCell(row, 'price', 'currency')
  if (!price) return undefined
  if (price.currency === '')
    throw new CellError('currency', '', 'currency is empty: give its three letters, such as GBP')
  const problem = currencyProblem(account, price.currency)
  if (problem !== undefined) throw new CellError('currency', price.currency, problem)
  return { item, accountId: account.id, price }
}

function checkedLine(
  { before, changes, refusal }: ChannelPriceResult,
  line: SetChannelPriceLine | undefined,
): CheckedLine {
  if (refusal) {
    const { reason, message, field, value } = refusal
    return { outcome: 'refused', changes: [], refusal: { reason, message, field, value } }
  }
  const shown = (price: typeof before) => (price ? `${priceText(price)} ${price.currency}` : '')
  const change = { field: 'price', from: shown(before), to: shown(line?.price) }
  return { outcome: changes ? 'changed' : 'unchanged', changes: changes ? [change] : [], refusal: undefined }
}

/** Writes an account's channel prices into a CSV that `prices import` takes back unchanged. */
export async function exportPrices(
  context: CliContext,
  { args, options }: Given<{ overwrite?: boolean }>,
): Promise<Output> {
  const [account = '', path = ''] = args
  const accountId = await accountIdOf(context, account)
  const rows = async function* () {
    for await (const { itemSku, price } of everyPrice(context, accountId)) {
      yield [itemSku, price ? priceText(price) : '', price?.currency ?? '']
    }
  }
  const count = await writeCsv({ path, overwrite: options.overwrite === true }, columns, rows())
  return { json: { file: path, lines: count }, text: `${String(count)} prices are written to ${path}\n` }
}

async function* everyPrice(context: CliContext, accountId: string): AsyncGenerator<ChannelPrice> {
  let token = ''
  do {
    const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
    const request = { item: '', accountId, page: { size: 1_000, token } }
    const answer = await call(context.clients.prices, 'listChannelPrices', request, settings)
    yield* answer.prices
    token = answer.nextPageToken
  } while (token !== '')
}
