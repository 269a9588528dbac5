import { type Listing, ListingFilter } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { RefusalError, refusalOf } from '@lockstep/rpc/refusal'
import type { Command } from 'commander'

import type { Given, Run } from '../command.ts'
import type { CliContext } from '../context.ts'
import { linkColumns, type PlacedLink, readListingLinks } from '../csv/listing-links.ts'
import { writeCsv } from '../csv/write-csv.ts'
import type { Output } from '../output.ts'
import { csvSource, exporting } from './csv-options.ts'
import { listingPages } from './every-listing.ts'
import { previewOutput } from './preview.ts'

/** mapping link-all, import, export: many links at a time, always shown first. */
export function addMappingFiles(mapping: Command, run: Run): void {
  mapping
    .command('link-all <account>')
    .description(
      'show what linking every unlinked listing to the item of the same SKU would send; changes apply does it',
    )
    .action(run(linkAll))
  mapping
    .command('import <account> <file>')
    .description(
      'show what the links of a CSV with the columns channel_sku and item would send; changes apply makes them ("none" takes a link away)',
    )
    .option('--delimiter <character>', 'what divides the columns; a comma when not given')
    .option('--encoding <encoding>', 'utf-8 or windows-1252; utf-8 when not given')
    .action(run(importLinks))
  exporting(
    mapping
      .command('export <account> <file>')
      .description('write every listing and its item into a CSV that mapping import reads'),
  ).action(run(exportLinks))
}

async function linkAll(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = ''] = args
  return previewOutput(context, { account, change: { $case: 'links', value: { links: [], allBySku: true } } })
}

async function importLinks(
  context: CliContext,
  { args, options }: Given<{ delimiter?: string; encoding?: string }>,
): Promise<Output> {
  const [account = '', file = ''] = args
  const placed = await readListingLinks(await csvSource(context, file, options))
  const links = placed.map(({ link }) => link)
  try {
    return await previewOutput(context, { account, change: { $case: 'links', value: { links, allBySku: false } } })
  } catch (error) {
    throw withLinesOfFile(error, placed)
  }
}

/** What the connector refuses by its place among the links is told by its line of the file. */
function withLinesOfFile(error: unknown, placed: readonly PlacedLink[]): unknown {
  const no = refusalOf(error)
  if (!no || no.lines.length === 0) return error
  const lines = no.lines.map((bad) => ({ ...bad, index: (placed[bad.index]?.line ?? 1) - 1 }))
  const [first] = lines
  const about = first ? `; line ${String(first.index + 1)} (${first.item}): ${first.message}` : ''
  const message = `${String(lines.length)} of ${String(placed.length)} links refused, nothing was changed${about}`
  const { reason, nextStep, field, value } = no
  return new RefusalError({ status: 'INVALID_ARGUMENT', reason, nextStep, field, value, message, lines })
}

async function exportLinks(context: CliContext, { args, options }: Given<{ overwrite?: boolean }>): Promise<Output> {
  const [account = '', path = ''] = args
  const rows = async function* () {
    const wanted = { account, filter: ListingFilter.UNSPECIFIED, search: '' }
    for await (const page of listingPages(context, wanted)) yield* page.map(cellsOf)
  }
  const count = await writeCsv({ path, overwrite: options.overwrite === true }, linkColumns, rows())
  return { json: { file: path, lines: count }, text: `${String(count)} listings are written to ${path}\n` }
}

function cellsOf({ channelSku, itemSku, asin, title, fba, active }: Listing): string[] {
  return [channelSku, itemSku, asin, title, fba ? 'amazon' : 'merchant', active ? 'active' : 'inactive']
}
