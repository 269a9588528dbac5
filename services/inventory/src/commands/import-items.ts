import { isRefused, type Refused } from '../domain/refusal.ts'
import { batchRefused } from '../domain/refusal.ts'
import { checkItems, putItems } from './put-items.ts'
import type { PutLine } from './judge-items.ts'
import type { CommandCall, CommandDeps } from './stock-transaction.ts'

export interface ImportLine {
  sku: string
  /** Empty keeps the title there is; a new item is then called by its SKU. */
  title: string
  onHand?: bigint | undefined
  /** Where on-hand is set; Default when empty. */
  location: string
}

export interface ImportItemsCommand extends CommandCall {
  lines: readonly ImportLine[]
  /** Says what would be refused and writes nothing: how a file of several batches is judged whole before its first is written. */
  checkOnly: boolean
}

export interface ImportItemsResult {
  created: number
  updated: number
  unchanged: number
}

/** Creates or renames items by SKU and sets their on-hand where it is given, all or nothing. */
export async function importItems(
  deps: CommandDeps,
  command: ImportItemsCommand,
): Promise<ImportItemsResult | Refused> {
  const { checkOnly, actor, idempotencyKey } = command
  const lines = command.lines.map(putLine)
  if (checkOnly) return checked(deps, lines)
  const put = await putItems(deps, { actor, idempotencyKey, lines, name: 'import-items' })
  if (isRefused(put)) return put
  const count = (outcome: string) => put.results.filter((result) => result.outcome === outcome).length
  return { created: count('created'), updated: count('updated'), unchanged: count('unchanged') }
}

const putLine = ({ sku, title, onHand, location }: ImportLine): PutLine => {
  return { sku, title: title === '' ? undefined : title, onHand, location, setProperties: [], removeProperties: [] }
}

async function checked(deps: CommandDeps, lines: readonly PutLine[]): Promise<ImportItemsResult | Refused> {
  const found = await checkItems(deps, lines)
  if (isRefused(found)) return found
  const bad = found.results.flatMap((result) => (result.outcome === 'refused' ? [result.refusal] : []))
  return batchRefused(bad, lines.length) ?? { created: 0, updated: 0, unchanged: 0 }
}
