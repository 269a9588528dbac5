import type { LinkChange } from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'
import type { RefusedLine } from '@lockstep/rpc/refusal'

import { FileError } from '../output.ts'
import { CellError, textCell } from './cells.ts'
import { refuseBadFile } from './import-file.ts'
import { type CsvRow, type CsvSource, readCsv } from './read-csv.ts'

/** What an export says of a listing; an import reads the first two. */
export const linkColumns = ['channel_sku', 'item', 'asin', 'title', 'fulfilled_by', 'status'] as const
/** As many as one change may name. */
const mostLinks = 1_000
const mostTold = 100

/** A link and the line of the file that names it. */
export interface PlacedLink {
  readonly line: number
  readonly link: LinkChange
}

/** The links that a CSV names: an empty item leaves a listing as it is, `none` takes its link away. Refuses the whole file with every bad line of it. */
export async function readListingLinks(source: CsvSource): Promise<PlacedLink[]> {
  const links: PlacedLink[] = []
  const bad: RefusedLine[] = []
  const first = new Map<string, number>()
  let lines = 0
  for await (const row of readCsv(source, { needed: ['channel_sku', 'item'], known: linkColumns, prefixes: [] })) {
    lines += 1
    const read = linkOf(row, first)
    if ('message' in read) bad.push({ ...read, index: row.line - 1, item: row.cells.get('channel_sku')?.slice(0, 60) })
    else if (read.link) links.push({ line: row.line, link: read.link })
    if (links.length > mostLinks) throw new FileError(`the CSV links more than ${String(mostLinks)} listings: split it`)
  }
  refuseBadFile({ lines, outcomes: {}, refused: bad.length, bad: bad.slice(0, mostTold), changes: [] })
  if (links.length === 0) throw new FileError('the CSV changes nothing: no line of it names an item')
  return links
}

type Refusal = Pick<RefusedLine, 'reason' | 'field' | 'value' | 'message'>

const refuse = (field: string, value: string, message: string): Refusal => ({
  reason: 'FIELD_INVALID',
  field,
  value,
  message,
})

function linkOf(row: CsvRow, first: Map<string, number>): { link: LinkChange | undefined } | Refusal {
  if (row.miscounted !== undefined) return refuse('', '', row.miscounted)
  try {
    const channelSku = textCell(row, 'channel_sku')
    const item = textCell(row, 'item')
    if (channelSku === undefined) return refuse('channel_sku', '', 'channel_sku is empty: name the listing')
    const before = first.get(channelSku)
    if (before !== undefined) {
      const value = channelSku.slice(0, 60)
      return refuse('channel_sku', value, `"${value}" is named by line ${String(before)} already`)
    }
    first.set(channelSku, row.line)
    return { link: item === undefined ? undefined : { channelSku, item: item === 'none' ? '' : item } }
  } catch (error) {
    if (error instanceof CellError) return refuse(error.field, error.value, error.message)
    throw error
  }
}
