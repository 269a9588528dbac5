import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, moreHint, pageOf, paged, type PageOptions, type Run, TIMEOUT_MS, wholeNumber } from '../command.ts'
import type { CliContext } from '../context.ts'
import { type Output, table, UsageError } from '../output.ts'
import { kitShape } from '../shapes/items.ts'
import { itemShape } from '../shapes/stock.ts'
import { textOrNull } from '../shapes/values.ts'

interface KitOptions {
  readonly component?: readonly string[]
  readonly dissolve?: boolean
  readonly ifVersion?: string
}

/** items kit, items kits. */
export function addKitCommands(items: Command, run: Run): void {
  items
    .command('kit <item>')
    .description('say what a kit is put together from, or make it an item of its own again')
    .option('--component <item=units...>', 'a component and how many units of it one kit needs, such as CUP=2')
    .option('--dissolve', 'make it an item of its own, with nothing in stock')
    .option('--if-version <n>', 'only if nobody has changed it since this version')
    .action(run(setKit))
  paged(items.command('kits').description('list the kits and their components')).action(run(listKits))
}

async function setKit(context: CliContext, { args, options }: Given<KitOptions>): Promise<Output> {
  const [item = ''] = args
  const components = (options.component ?? []).map(componentOf)
  if ((options.dissolve === true) === components.length > 0) throw new UsageError('give --component, or --dissolve')
  const expectedVersion = BigInt(options.ifVersion === undefined ? 0 : wholeNumber(options.ifVersion, '--if-version'))
  const named = { idempotencyKey: context.idempotencyKey, item, expectedVersion }
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  if (options.dissolve === true) {
    const answer = await call(context.clients.kits, 'dissolveKit', named, settings)
    const kit = { ...itemShape(answer.item), components: [] }
    return { json: { kit }, text: `${kit.sku ?? ''} is an item of its own\n` }
  }
  const { kit } = await call(context.clients.kits, 'setKit', { ...named, components }, settings)
  const { version: _, ...json } = kitShape(kit)
  return { json: { kit: json }, text: `${json.sku ?? ''} is put together from ${partsOf(json)}\n` }
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
