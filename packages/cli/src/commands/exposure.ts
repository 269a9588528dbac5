import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, moreHint, paged, pageOf, type PageOptions, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table } from '../output.ts'
import { exposureShape } from '../shapes/exposure.ts'

/** exposure list, and exposure <account>. */
export function addExposureCommands(program: Command, run: Run): void {
  const exposure = program.command('exposure <account-or-list> [account]')
  paged(exposure)
    .description('units that can be oversold right now, the most exposed listings first; `list` shows every account')
    .action(run(listExposure))
}

async function listExposure(context: CliContext, { args, options }: Given<PageOptions>): Promise<Output> {
  const [named = '', account = ''] = args
  const request = { account: named === 'list' ? account : named, page: pageOf(options) }
  const asking = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const json = exposureShape(await call(context.clients.exposure, 'listExposure', request, asking))
  const rows = json.exposures.map((one) => [
    one.marketplace,
    one.channel_sku,
    orDash(one.item.sku),
    one.units_at_risk === null ? `nothing sent: ${orDash(one.gate)}` : one.units_at_risk.toFixed(2),
    one.units_per_hour.toFixed(2),
    `${one.staleness_seconds.toFixed(0)} s`,
    orDash(one.live),
    orDash(one.available),
    String(one.offered),
    String(one.held),
    orDash(one.watched_at),
  ])
  const heading = `what can be oversold, as of ${orDash(json.at)}\n\n`
  return { json, text: heading + table(head, rows) + moreHint(json.next_page_token ?? '') + watchLines(json) }
}

const head = [
  'MARKET',
  'CHANNEL SKU',
  'ITEM',
  'AT RISK',
  'PER HOUR',
  'STALE',
  'LIVE',
  'AVAILABLE',
  'OFFERED',
  'HELD',
  'WATCHED',
]

function watchLines({ watches }: ReturnType<typeof exposureShape>): string {
  return watches
    .map(({ connection, watched, reads_in_minute: reads, reads_per_minute: most }) =>
      most === 0
        ? `\n${connection}: the watch is off\n`
        : `\n${connection}: ${String(watched)} SKUs watched, ${String(reads)} of ${String(most)} reads this minute\n`,
    )
    .join('')
}
