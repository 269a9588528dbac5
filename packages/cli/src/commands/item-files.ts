import type {
  ItemDetails,
  PutItemLine,
  PutItemResult,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/catalogue_service.ts'
import type { ItemProperty } from '@lockstep/contracts/generated/lockstep/inventory/v1/item_events.ts'
import { call } from '@lockstep/rpc/client'

import { type Given, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { hundredthsCell, priceCell, priceText, textCell, wholeCell } from '../csv/cells.ts'
import { type CheckedLine, checkFile, importFile, type ImportTarget } from '../csv/import-file.ts'
import type { CsvRow } from '../csv/read-csv.ts'
import { writeCsv } from '../csv/write-csv.ts'
import type { Output } from '../output.ts'
import { csvSource, type ImportOptions, previewOutput } from './csv-options.ts'

const columns = [
  'sku',
  'title',
  'description',
  'purchase_price',
  'purchase_currency',
  'retail_price',
  'retail_currency',
  'weight_grams',
  'tax_rate',
]
const propertyPrefix = 'property:'
const outcomes = ['created', 'updated', 'unchanged'] as const

/** Imports items from a CSV; see `importFile`. */
export async function importItems(context: CliContext, { args, options }: Given<ImportOptions>): Promise<Output> {
  const source = await csvSource(context, args[0] ?? '', options)
  const target = itemTarget(context)
  if (options.preview === true) return previewOutput(await checkFile(source, target), outcomes)
  const done = await importFile(source, target, context)
  const [created, updated, unchanged] = outcomes.map((outcome) => done[outcome] ?? 0)
  return {
    json: { created, updated, unchanged },
    text: `${String(created)} created, ${String(updated)} updated, ${String(unchanged)} unchanged\n`,
  }
}

function itemTarget(context: CliContext): ImportTarget<PutItemLine> {
  const put = async (request: { idempotencyKey: string; lines: readonly PutItemLine[]; checkOnly: boolean }) => {
    const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: request.checkOnly }
    return (await call(context.clients.catalogue, 'putItems', { ...request, lines: [...request.lines] }, settings))
      .results
  }
  return {
    columns: { needed: ['sku'], known: [...columns, 'on_hand', 'location', 'kit'], prefixes: [propertyPrefix] },
    lineOf: itemLine,
    keyOf: (line) => line.sku,
    check: async (lines) => (await put({ idempotencyKey: '', lines, checkOnly: true })).map(checkedLine),
    write: (lines, idempotencyKey) => put({ idempotencyKey, lines, checkOnly: false }),
  }
}

/** What a line would do, in the names and units of the file. */
export function checkedLine({ outcome, changes, refusal }: Omit<PutItemResult, 'itemId'>): CheckedLine {
  const inFile = changes.map(({ field, from, to }) => {
    return { field: columnOf(field), from: cellOf(field, from), to: cellOf(field, to) }
  })
  return { outcome, changes: inFile, refusal: refusal && refusalInFile(refusal) }
}

function refusalInFile({ reason, message, field, value }: NonNullable<PutItemResult['refusal']>) {
  return { reason, message, field: columnOf(field), value: cellOf(field, value) }
}

const taxField = 'tax_rate_basis_points'

const columnOf = (field: string): string => (field === taxField ? 'tax_rate' : field)

/** Percent, as the file has it; −1 stays the system's default. */
const cellOf = (field: string, value: string): string =>
  field === taxField && value !== '-1' ? String(Number(value) / 100) : value

function itemLine(row: CsvRow): PutItemLine {
  const weight = wholeCell(row, 'weight_grams')
  return {
    sku: textCell(row, 'sku') ?? '',
    title: textCell(row, 'title'),
    description: textCell(row, 'description'),
    purchasePrice: priceCell(row, 'purchase_price', 'purchase_currency'),
    retailPrice: priceCell(row, 'retail_price', 'retail_currency'),
    weightGrams: weight,
    taxRateBasisPoints: row.cells.get('tax_rate') === '-1' ? -1 : hundredthsCell(row, 'tax_rate'),
    setProperties: [...row.cells.keys()].flatMap((column) => propertyOf(row, column)),
    onHand: wholeCell(row, 'on_hand'),
    location: textCell(row, 'location') ?? '',
  }
}

/** `property:Despatch Time`, or with a type `property:Despatch Time:Other`. */
function propertyOf(row: CsvRow, column: string): ItemProperty[] {
  if (!column.startsWith(propertyPrefix)) return []
  const value = textCell(row, column)
  if (value === undefined) return []
  const [, name = '', type = ''] = /^property:([^:]*)(?::(.*))?$/.exec(column) ?? []
  return [{ name, value, type }]
}

/** Writes every item into a CSV that `items import` takes back unchanged. Levels have a file of their own: `stock export`. */
export async function exportItems(
  context: CliContext,
  { args, options }: Given<{ overwrite?: boolean }>,
): Promise<Output> {
  const path = args[0] ?? ''
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const { properties } = await call(context.clients.catalogue, 'listPropertyNames', {}, settings)
  const titles = properties.map(({ name, type }) => `${propertyPrefix}${name}:${type}`)
  const rows = async function* () {
    for await (const item of everyItem(context)) yield itemCells(item, properties)
  }
  const file = { path, overwrite: options.overwrite === true }
  const count = await writeCsv(file, [...columns, 'kit', ...titles], rows())
  return { json: { file: path, lines: count }, text: `${String(count)} items are written to ${path}\n` }
}

async function* everyItem(context: CliContext): AsyncGenerator<ItemDetails> {
  let token = ''
  do {
    const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
    const page = { size: 1_000, token }
    const answer = await call(context.clients.catalogue, 'listItemDetails', { page }, settings)
    yield* answer.items
    token = answer.nextPageToken
  } while (token !== '')
}

function itemCells(details: ItemDetails, properties: readonly ItemProperty[]): string[] {
  const { item, purchasePrice, retailPrice, taxRateBasisPoints } = details
  const values = new Map(details.properties.map(({ name, value }) => [name, value]))
  return [
    item?.sku ?? '',
    item?.title ?? '',
    details.description,
    priceText(purchasePrice ?? noPrice),
    purchasePrice?.currency ?? '',
    priceText(retailPrice ?? noPrice),
    retailPrice?.currency ?? '',
    String(details.weightGrams),
    taxRateBasisPoints === -1 ? '-1' : String(taxRateBasisPoints / 100),
    item?.kit === true ? 'yes' : '',
    ...properties.map(({ name }) => values.get(name) ?? ''),
  ]
}

const noPrice = { minor: 0n, currency: '' }
