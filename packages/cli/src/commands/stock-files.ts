import type { LevelOfItem } from '@lockstep/contracts/generated/lockstep/inventory/v1/catalogue_service.ts'
import type {
  SetStockLine,
  StockLineResult,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { LocationKind } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { call } from '@lockstep/rpc/client'

import { type Given, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { textCell, wholeCell } from '../csv/cells.ts'
import { type CheckedLine, checkFile, importFile, type ImportTarget } from '../csv/import-file.ts'
import type { CsvRow } from '../csv/read-csv.ts'
import { writeCsv } from '../csv/write-csv.ts'
import type { Output } from '../output.ts'
import { csvSource, type ImportOptions, previewOutput } from './csv-options.ts'

const columns = ['sku', 'location', 'on_hand', 'kind', 'reserved', 'held', 'available']
const outcomes = ['changed', 'unchanged'] as const

interface StockImportOptions extends ImportOptions {
  readonly note?: string
}

/** Sets on-hand from a CSV; see `importFile`. A line without a number changes nothing. */
export async function importStock(context: CliContext, { args, options }: Given<StockImportOptions>): Promise<Output> {
  const source = await csvSource(context, args[0] ?? '', options)
  const target = stockTarget(context, options.note ?? '')
  if (options.preview === true) return previewOutput(await checkFile(source, target), outcomes)
  const done = await importFile(source, target, context)
  const written = done['written'] ?? 0
  return { json: { lines: written }, text: `${String(written)} levels are as the file says\n` }
}

function stockTarget(context: CliContext, note: string): ImportTarget<SetStockLine> {
  const { inventory, catalogue } = context.clients
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  return {
    columns: { needed: ['sku', 'on_hand'], known: columns, prefixes: [] },
    lineOf: stockLine,
    keyOf: ({ item, location }) => `${item} in ${location || 'Default'}`,
    async check(lines) {
      const request = { lines: [...lines] }
      const { results } = await call(catalogue, 'previewStock', request, { ...settings, readOnly: true })
      return results.map((result, index) => checkedLine(result, lines[index]?.onHand ?? 0n))
    },
    async write(lines, idempotencyKey) {
      const request = { idempotencyKey, lines: [...lines], partial: false, note }
      await call(inventory, 'setStock', request, settings)
      return lines.map(() => ({ outcome: 'written' }))
    },
  }
}

function stockLine(row: CsvRow): SetStockLine | undefined {
  const [item = '', location = ''] = [textCell(row, 'sku'), textCell(row, 'location')]
  const onHand = wholeCell(row, 'on_hand')
  return onHand === undefined ? undefined : { item, location, onHand }
}

function checkedLine({ level, refusal }: StockLineResult, onHand: bigint): CheckedLine {
  if (refusal) {
    const { reason, message, field, value } = refusal
    return { outcome: 'refused', changes: [], refusal: { reason, message, field, value } }
  }
  const before = level?.onHand ?? 0n
  if (before === onHand) return { outcome: 'unchanged', changes: [], refusal: undefined }
  const change = { field: `on_hand in ${level?.locationName ?? ''}`, from: String(before), to: String(onHand) }
  return { outcome: 'changed', changes: [change], refusal: undefined }
}

/** Writes every level into a CSV that `stock import` takes back unchanged: where no number is set by hand, on_hand is empty. */
export async function exportStock(
  context: CliContext,
  { args, options }: Given<{ overwrite?: boolean; location?: string }>,
): Promise<Output> {
  const path = args[0] ?? ''
  const rows = async function* () {
    for await (const level of everyLevel(context, options.location ?? '')) yield levelCells(level)
  }
  const count = await writeCsv({ path, overwrite: options.overwrite === true }, columns, rows())
  return { json: { file: path, lines: count }, text: `${String(count)} levels are written to ${path}\n` }
}

async function* everyLevel(context: CliContext, location: string): AsyncGenerator<LevelOfItem> {
  let token = ''
  do {
    const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
    const request = { location, page: { size: 1_000, token } }
    const answer = await call(context.clients.catalogue, 'listLevels', request, settings)
    yield* answer.levels
    token = answer.nextPageToken
  } while (token !== '')
}

function levelCells({ sku, kit, untracked, level }: LevelOfItem): string[] {
  if (!level) throw new Error(`the level of ${sku} came without its numbers`)
  const isByHand = !kit && !untracked && level.locationKind === LocationKind.OWN && level.onHand >= 0n
  return [
    sku,
    level.locationName,
    isByHand ? String(level.onHand) : '',
    kit ? 'kit' : level.locationKind.replace('LOCATION_KIND_', '').toLowerCase(),
    ...[level.reserved, level.held, level.available].map(String),
  ]
}
