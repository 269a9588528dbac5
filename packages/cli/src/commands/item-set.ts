import type { ItemProperty } from '@lockstep/contracts/generated/lockstep/inventory/v1/item_events.ts'
import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, type Run, TIMEOUT_MS, wholeNumber } from '../command.ts'
import type { CliContext } from '../context.ts'
import { CellError, hundredthsCell, priceCell } from '../csv/cells.ts'
import { type Output, table, UsageError } from '../output.ts'
import { itemDetailsShape } from '../shapes/items.ts'

interface SetOptions {
  readonly title?: string
  readonly description?: string
  readonly purchasePrice?: string
  readonly retailPrice?: string
  readonly weight?: string
  readonly taxRate?: string
  readonly property?: readonly string[]
  readonly removeProperty?: readonly string[]
  readonly track?: readonly string[]
  readonly untrack?: readonly string[]
  readonly ifVersion?: string
}

/** items set. */
export function addItemSetCommand(items: Command, run: Run): void {
  items
    .command('set <item>')
    .description('change what is known of an item; what is not named stays')
    .option('--title <text>', 'what it is called')
    .option('--description <text>', 'up to 4,000 characters')
    .option('--purchase-price <amount>', 'what it costs, such as "4.50 GBP"')
    .option('--retail-price <amount>', 'what it sells for in general, such as "9.99 GBP"')
    .option('--weight <grams>', 'its weight in grams')
    .option('--tax-rate <percent>', 'such as 20; "default" is the system’s own')
    .option('--property <name=value...>', 'set an extended property; with a type: "name=value:Other"')
    .option('--remove-property <name...>', 'take an extended property away')
    .option('--track <location...>', 'count its stock there from now on')
    .option(
      '--untrack <location...>',
      'leave its number there as it is, whatever is sold; what is reserved there already is still despatched or released',
    )
    .option('--if-version <n>', 'only if nobody has changed it since this version')
    .action(run(setItem))
}

async function setItem(context: CliContext, { args, options }: Given<SetOptions>): Promise<Output> {
  const request = {
    idempotencyKey: context.idempotencyKey,
    item: args[0] ?? '',
    expectedVersion: BigInt(options.ifVersion === undefined ? 0 : wholeNumber(options.ifVersion, '--if-version')),
    title: options.title,
    description: options.description,
    purchasePrice: amountOf(options.purchasePrice, '--purchase-price'),
    retailPrice: amountOf(options.retailPrice, '--retail-price'),
    weightGrams: options.weight === undefined ? undefined : BigInt(wholeNumber(options.weight, '--weight')),
    taxRateBasisPoints: taxRateOf(options.taxRate),
    setProperties: (options.property ?? []).map(propertyOf),
    removeProperties: [...(options.removeProperty ?? [])],
    trackIn: [...(options.track ?? [])],
    untrackIn: [...(options.untrack ?? [])],
  }
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  const { item, changes } = await call(context.clients.catalogue, 'updateItem', request, settings)
  const rows = changes.map(({ field, from, to }) => [field, from, to])
  return {
    json: { item: itemDetailsShape(item), changes },
    text: rows.length === 0 ? 'nothing has changed\n' : table(['FIELD', 'FROM', 'TO'], rows),
  }
}

/** "9.99 GBP"; 0 takes a price away. */
export function amountOf(text: string | undefined, name: string): { minor: bigint; currency: string } | undefined {
  if (text === undefined) return undefined
  if (/^-\s*\d/.test(text)) {
    throw new UsageError(`${name} is "${text}": give an amount of 0 or more and its currency, such as "9.99 GBP"`)
  }
  const [, amount = text, currency = ''] = /^(\S+)\s+([A-Z]{3})$/.exec(text) ?? []
  const price = asUsage(() => priceCell(rowOf({ amount, currency }), 'amount', 'currency'), name)
  if (price && (price.currency !== '' || price.minor === 0n)) return price
  throw new UsageError(`${name} is "${text}": give an amount and its currency, such as "9.99 GBP"`)
}

function taxRateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (text === 'default' || text === '-1') return -1
  const hundredths = asUsage(() => hundredthsCell(rowOf({ percent: text }), 'percent'), '--tax-rate')
  if (hundredths === undefined || (hundredths >= 0 && hundredths <= 10_000)) return hundredths
  throw new UsageError(`--tax-rate is "${text}": give a percentage from 0 to 100, or default`)
}

const rowOf = (cells: Record<string, string>) => ({
  line: 1,
  cells: new Map(Object.entries(cells)),
  miscounted: undefined,
})

function asUsage<Value>(read: () => Value, name: string): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof CellError) throw new UsageError(`${name}: ${error.message}`)
    throw error
  }
}

function propertyOf(text: string): ItemProperty {
  const [, name, value = '', type = ''] = /^([^=]+)=(.*?)(?::([A-Za-z ]+))?$/s.exec(text) ?? []
  if (name === undefined) throw new UsageError(`--property is "${text}": give "name=value"`)
  return { name, value, type }
}
