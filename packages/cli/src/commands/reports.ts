import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { moreHint, pageOf, type PageOptions, type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table } from '../output.ts'
import { reportShape } from '../shapes/sync.ts'
import { textOrNull } from '../shapes/values.ts'

/** reports status. */
export function addReportCommands(program: Command, run: Run): void {
  const reports = program.command('reports').description('reports from Amazon')
  reports
    .command('status [account]')
    .description('show the reports and where they stand, newest first')
    .option('--type <type>', 'only this report type')
    .option('--page-size <n>', 'entries per page, up to 1,000')
    .option('--page-token <token>', 'the next page')
    .action(run(showReports))
}

async function showReports(
  context: CliContext,
  { args, options }: Given<PageOptions & { type?: string }>,
): Promise<Output> {
  const [account] = args
  const { clients, actor } = context
  const reading = { timeoutMs: TIMEOUT_MS, actor, readOnly: true } as const
  const found = account === undefined ? undefined : await call(clients.accounts, 'getAccount', { account }, reading)
  const request = { accountId: found?.account?.id ?? '', reportType: options.type ?? '', page: pageOf(options) }
  const answer = await call(clients.reports, 'listReports', request, reading)
  const reports = answer.reports.map(reportShape)
  const rows = reports.map((report) => [
    report.report_type,
    orDash(report.state),
    orDash(report.requested_at),
    orDash(report.state_at),
    String(report.rows),
    orDash(report.reason),
    report.id,
  ])
  return {
    json: { reports, next_page_token: textOrNull(answer.nextPageToken) },
    text: table(['TYPE', 'STATE', 'REQUESTED', 'SINCE', 'ROWS', 'REASON', 'ID'], rows) + moreHint(answer.nextPageToken),
  }
}
