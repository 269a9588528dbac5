import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, moreHint, paged, pageOf, type PageOptions, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { callShape, diagnosisShape, type FindingShape } from '../shapes/diagnosis.ts'
import { textOrNull } from '../shapes/values.ts'

/** diagnose and log. */
export function addDiagnoseCommands(program: Command, run: Run): void {
  program
    .command('diagnose <account>')
    .description('what is wrong between an account and Amazon, and the one next step of each')
    .action(run(showDiagnosis))
  paged(
    program
      .command('log [account]')
      .description('calls to Amazon that did not end well, newest first; those of one account’s seller, or of all')
      .option('--operation <name>', "Amazon's operation, such as searchOrders")
      .option('--class <class...>', 'throttled, denied, outage …; accepted shows those that went well')
      .option('--since <time>', 'from then on, ISO 8601')
      .option('--until <time>', 'before then, ISO 8601'),
  ).action(run(showLog))
}

const reading = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, readOnly: true, actor: context.actor })

async function showDiagnosis(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = ''] = args
  const json = diagnosisShape(await call(context.clients.diagnosis, 'diagnoseAccount', { account }, reading(context)))
  const { name, marketplace, api, fbm_listings: fbm, fba_listings: fba } = json.account
  const head = `${name}: ${marketplace} by ${api}, ${String(fbm)} listings shipped by the seller (FBM), ${String(fba)} by Amazon (FBA)\n\n`
  const checks = json.checks.map(({ check, ok, detail }) => [ok ? '✓' : '×', check, detail])
  const nothing = json.findings.length === 0 ? 'Nothing is wrong. Looked at:\n\n' : 'Looked at:\n\n'
  const standings = json.capabilities
    .filter(({ state }) => state !== 'unknown')
    .map((one) => [one.capability, orDash(one.scope), one.state, orDash(one.since), one.roles.join(' or ')])
  return {
    json,
    text: [
      head,
      ...json.findings.map(findingText),
      nothing,
      table(['', 'WHAT', 'FOUND'], checks),
      '\n',
      table(['CAPABILITY', 'SCOPE', 'STATE', 'SINCE', 'ROLE'], standings),
    ].join(''),
  }
}

const urgencyWords: Readonly<Record<string, string>> = { act: 'TO DO', wait: 'WAIT', know: 'GOOD TO KNOW' }

function findingText(finding: FindingShape): string {
  const scope = finding.scope === null ? '' : ` (scope "${finding.scope}")`
  const lines = [
    `${urgencyWords[finding.urgency] ?? ''} ${finding.class}: ${finding.summary}`,
    finding.capability === null ? '' : `  concerns    ${finding.capability}${scope}; ${finding.touches}`,
    finding.roles.length === 0 ? '' : `  role        ${finding.roles.join(' or ')}`,
    finding.since === null ? '' : `  since       ${finding.since}`,
    finding.limit_level === null ? '' : `  limit       ${finding.limit_level}`,
    ...finding.operations.map(
      (one) =>
        `  affected    ${one.operation}${one.type === null ? '' : ` ${one.type}`}: ${String(one.count)} since it began (24 h at most), last ${orDash(one.last_at)}${one.error_code === null ? '' : ` (${one.error_code})`}`,
    ),
    ...finding.skus.map(
      (sku) => `  SKU         ${sku.channel_sku} on ${sku.accounts.join(', ')}: ${orDash(sku.detail)}`,
    ),
    finding.sku_count > finding.skus.length ? `  and ${String(finding.sku_count - finding.skus.length)} SKUs more` : '',
    `  next step   ${finding.next_step}`,
  ]
  return `${lines.filter((line) => line !== '').join('\n')}\n\n`
}

interface LogOptions extends PageOptions {
  readonly operation?: string
  readonly class?: readonly string[]
  readonly since?: string
  readonly until?: string
}

async function showLog(context: CliContext, { args, options }: Given<LogOptions>): Promise<Output> {
  const request = {
    account: args[0] ?? '',
    operation: options.operation ?? '',
    classes: [...(options.class ?? [])],
    since: timeOf(options.since, '--since'),
    until: timeOf(options.until, '--until'),
    page: pageOf(options),
  }
  const answer = await call(context.clients.diagnosis, 'listCalls', request, reading(context))
  const calls = answer.calls.map(callShape)
  const rows = calls.map((one) => [
    orDash(one.at),
    `${one.seller} ${one.region}`,
    one.type === null ? one.operation : `${one.operation} ${one.type}`,
    orDash(one.status),
    one.limit_level === null ? one.class : `${one.class} (${one.limit_level})`,
    orDash(one.error_code),
    orDash(one.request_id),
  ])
  return {
    json: { calls, next_page_token: textOrNull(answer.nextPageToken) },
    text: `${table(['AT', 'SELLER', 'OPERATION', 'STATUS', 'CLASS', 'CODE', 'REQUEST ID'], rows)}${moreHint(answer.nextPageToken)}`,
  }
}

function timeOf(text: string | undefined, name: string): Date | undefined {
  if (text === undefined) return undefined
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) throw new UsageError(`${name} is "${text}": give a time such as 2026-11-27T10:00:00Z`)
  return at
}
