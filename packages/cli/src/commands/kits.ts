import type { KitChange } from '@lockstep/contracts/generated/lockstep/channel/v1/kit_change_service.ts'
import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import {
  AMAZON_TIMEOUT_MS,
  type Given,
  moreHint,
  pageOf,
  paged,
  type PageOptions,
  type Run,
  TIMEOUT_MS,
  wholeNumber,
} from '../command.ts'
import type { CliContext } from '../context.ts'
import { type Output, table, UsageError } from '../output.ts'
import { kitPreviewShape } from '../shapes/changes.ts'
import { kitShape } from '../shapes/items.ts'
import { textOrNull } from '../shapes/values.ts'
import { shownText } from './preview.ts'

interface KitOptions {
  readonly component?: readonly string[]
  readonly dissolve?: boolean
  readonly ifVersion?: string
  readonly dryRun?: boolean
  readonly confirm?: string
  readonly zeros?: string
  readonly allowStockMoves?: boolean
}

/** items kit, items kits. */
export function addKitCommands(items: Command, run: Run): void {
  items
    .command('kit <item>')
    .description('say what a kit is put together from, or make it an item of its own again')
    .option('--component <item=units...>', 'a component and how many units of it one kit needs, such as CUP=2')
    .option('--dissolve', 'make it an item of its own, with nothing in stock')
    .option('--if-version <n>', 'only if nobody has changed it since this version')
    .option('--dry-run', 'show what its listings would be sent, and change nothing')
    .option('--confirm <confirmation>', 'do exactly what a dry run has shown')
    .option('--zeros <confirmation>', 'the second confirmation, when many listings go to zero')
    .option('--allow-stock-moves', 'although stock has moved since, as long as no other listing ends or stops')
    .action(run(changeKit))
  paged(items.command('kits').description('list the kits and their components')).action(run(listKits))
}

async function changeKit(context: CliContext, { args, options }: Given<KitOptions>): Promise<Output> {
  const [item = ''] = args
  const components = (options.component ?? []).map(componentOf)
  if ((options.dissolve === true) === components.length > 0) throw new UsageError('give --component, or --dissolve')
  const expectedVersion = BigInt(options.ifVersion === undefined ? 0 : wholeNumber(options.ifVersion, '--if-version'))
  const change = { item, components, expectedVersion }
  return options.dryRun === true ? previewKit(context, change, options) : makeKit(context, change, options)
}

async function previewKit(context: CliContext, change: KitChange, { confirm, zeros }: KitOptions): Promise<Output> {
  if (confirm !== undefined || zeros !== undefined)
    throw new UsageError('--dry-run changes nothing: leave --confirm out')
  const settings = { timeoutMs: AMAZON_TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const json = kitPreviewShape(
    await call(context.clients.kitChanges, 'previewKitChange', { change, limit: 0 }, settings),
  )
  const commands = `to do exactly this: ${json.command}\nto take it back then: ${json.undo}\n`
  return { json, text: `${shownText(json)}\n${commands}` }
}

async function makeKit(context: CliContext, change: KitChange, options: KitOptions): Promise<Output> {
  const { confirm: confirmation = '', zeros: zerosConfirmation = '', allowStockMoves = false } = options
  const request = { idempotencyKey: context.idempotencyKey, change, confirmation, zerosConfirmation, allowStockMoves }
  const settings = { timeoutMs: AMAZON_TIMEOUT_MS, actor: context.actor }
  const { itemId } = await call(context.clients.kitChanges, 'makeKitChange', request, settings)
  const { kit } = await call(context.clients.kits, 'getKit', { item: itemId }, { ...settings, readOnly: true })
  const { version: _, ...json } = kitShape(kit)
  const text =
    json.components.length === 0
      ? `${json.sku ?? ''} is an item of its own\n`
      : `${json.sku ?? ''} is put together from ${partsOf(json)}\n`
  return { json: { kit: json }, text }
}

function componentOf(text: string): { item: string; quantity: bigint } {
  const at = text.lastIndexOf('=')
  if (at < 1) throw new UsageError(`--component is "${text}": give an item and its units, such as CUP=2`)
  return {
    item: text.slice(0, at),
    quantity: BigInt(wholeNumber(text.slice(at + 1), `--component ${text.slice(0, at)}`)),
  }
}

async function listKits(context: CliContext, { options }: Given<PageOptions>): Promise<Output> {
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const answer = await call(context.clients.kits, 'listKits', { page: pageOf(options) }, settings)
  const kits = answer.kits.map(kitShape)
  const rows = kits.map((kit) => [kit.sku ?? '', kit.title ?? '', partsOf(kit)])
  return {
    json: { kits, next_page_token: textOrNull(answer.nextPageToken) },
    text: table(['SKU', 'TITLE', 'COMPONENTS'], rows) + moreHint(answer.nextPageToken),
  }
}

const partsOf = ({ components }: Pick<ReturnType<typeof kitShape>, 'components'>): string =>
  components.map(({ sku, quantity }) => `${String(quantity)} × ${sku}`).join(', ')
