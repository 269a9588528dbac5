import { readFile } from 'node:fs/promises'

import { call } from '@lockstep/rpc/client'
import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import type { Command } from 'commander'

import {
  AMAZON_TIMEOUT_MS,
  moreHint,
  numberOrNone,
  onOff,
  pageOf,
  type PageOptions,
  type Given,
  type Run,
  TIMEOUT_MS,
} from '../command.ts'
import type { CliContext } from '../context.ts'
import { facts, orDash, type Output, table, UsageError } from '../output.ts'
import { beginByWebsite, begunOutput, waitForConsent } from './authorise.ts'
import { accountShape } from '../shapes/accounts.ts'
import { textOrNull } from '../shapes/values.ts'

/** accounts list, add, show, settings, enable, disable, test, authorise. */
export function addAccountCommands(program: Command, run: Run): void {
  const accounts = program.command('accounts').description('Amazon accounts: one marketplace of one seller each')
  accounts
    .command('list')
    .description('list the accounts')
    .option('--page-size <n>', 'entries per page, up to 1,000')
    .option('--page-token <token>', 'the next page')
    .action(run(listAccounts))
  accounts
    .command('add')
    .description('add an account; the refresh token comes from --token-file or standard input')
    .requiredOption('--seller <id>', "Amazon's seller id")
    .requiredOption('--marketplace <code>', 'country code, such as UK')
    .option('--name <name>', 'its name')
    .option('--token-file <file>', 'a file that holds the refresh token')
    .option('--no-token', 'give the token later, or use the one of the seller’s other accounts')
    .option('--legacy-mws', 'record an old MWS connection: it is shown with its remedy and never called')
    .action(run(addAccount))
  accounts.command('show <account>').description('show one account').action(run(showAccount))
  addSettings(accounts, run)
  accounts
    .command('enable <account>')
    .description('switch an account on')
    .action(run(switchAccount(true)))
  accounts
    .command('disable <account>')
    .description('switch an account off')
    .action(run(switchAccount(false)))
  accounts.command('test <account>').description('prove the credentials').action(run(testAccount))
  accounts
    .command('authorise <account>')
    .description(
      'authorise again; links, settings and history stay. At a terminal: by the seller’s consent in a browser',
    )
    .option(
      '--token-file <file>',
      'a file that holds a refresh token, of an application that the seller authorised by themselves',
    )
    .option('--website', 'by consent in a browser, whatever standard input is')
    .option('--no-wait', 'with --website: print the address and do not wait')
    .action(run(authoriseAccount))
}

function addSettings(accounts: Command, run: Run): void {
  accounts
    .command('settings <account>')
    .description('show or change the settings')
    .option('--enabled <on|off>', 'master switch')
    .option('--update-inventory <on|off>', 'send stock changes; switching it on needs --confirm')
    .option('--confirm <confirmation>', 'the confirmation that sync dry-run printed')
    .option('--max-listed <n|none>', 'upper bound of the number sent')
    .option('--stock-percentage <n|none>', 'share of the available level that is sent, 1 to 100')
    .option('--end-when <n|none>', 'at or below this level 0 is sent')
    .option('--lead-time <days|none>', 'days to ship, 1 to 30')
    .option('--channel-specific-stock <on|off>', 'leave Amazon’s fulfilment centres out of the sum')
    .option('--despatch-notes <on|off>', 'tell Amazon of despatches')
    .action(run(changeSettings))
}

const reading = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true }) as const
const writing = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor }) as const

async function listAccounts(context: CliContext, { options }: Given<PageOptions>): Promise<Output> {
  const answer = await call(context.clients.accounts, 'listAccounts', { page: pageOf(options) }, reading(context))
  const accounts = answer.accounts.map(accountShape)
  const rows = accounts.map((account) => [
    account.name,
    account.marketplace,
    account.seller,
    account.settings.enabled ? 'on' : 'off',
    account.settings.update_inventory ? 'on' : 'off',
    standingWord(account),
    orDash(account.inventory_sync_date),
    account.id,
  ])
  return {
    json: { accounts, next_page_token: textOrNull(answer.nextPageToken) },
    text:
      table(['NAME', 'MARKET', 'SELLER', 'ENABLED', 'UPDATES', 'STATE', 'LAST INVENTORY SYNC', 'ID'], rows) +
      moreHint(answer.nextPageToken),
  }
}

/** One word for how an account stands: what keeps it from sending comes first. */
function standingWord(account: ReturnType<typeof accountShape>): string {
  if (account.api === 'MWS') return 'MWS: closed'
  if (account.paused) return 'paused'
  // Connected, and something to say all the same: its consent ends.
  const isEnding = account.connection_state === 'connected' && account.connection_detail !== null
  return isEnding ? 'consent ends' : account.connection_state
}

interface AddOptions {
  readonly seller: string
  readonly marketplace: string
  readonly name?: string
  readonly tokenFile?: string
  readonly token: boolean
  readonly legacyMws?: boolean
}

async function addAccount(context: CliContext, { options }: Given<AddOptions>): Promise<Output> {
  const legacyMws = options.legacyMws === true
  const answer = await call(
    context.clients.accounts,
    'createAccount',
    {
      idempotencyKey: context.idempotencyKey,
      name: options.name ?? '',
      sellerId: options.seller,
      marketplace: options.marketplace,
      refreshToken: options.token && !legacyMws ? await readToken(context, options.tokenFile) : '',
      legacyMws,
    },
    writing(context),
  )
  return oneAccount(answer.account)
}

/** A token is never an argument: arguments are seen by every user of the machine. */
async function readToken(context: CliContext, file: string | undefined): Promise<string> {
  if (file === undefined) return (await context.readStdin('the refresh token')).trim()
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new UsageError(`"${file}" cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function showAccount(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = ''] = args
  const answer = await call(context.clients.accounts, 'getAccount', { account }, reading(context))
  return oneAccount(answer.account)
}

interface AuthoriseOptions {
  readonly tokenFile?: string
  readonly website?: boolean
  readonly wait: boolean
}

async function authoriseAccount(context: CliContext, { args, options }: Given<AuthoriseOptions>): Promise<Output> {
  const [account = ''] = args
  if (options.website === true || (options.tokenFile === undefined && context.atTerminal)) {
    const begun = await beginByWebsite(context, account)
    return options.wait ? oneAccount(await waitForConsent(context, begun)) : begunOutput(begun)
  }
  const refreshToken = await readToken(context, options.tokenFile)
  const request = { idempotencyKey: context.idempotencyKey, account, refreshToken }
  const answer = await call(context.clients.accounts, 'authoriseAccount', request, writing(context))
  return oneAccount(answer.account)
}

interface SettingsOptions {
  readonly enabled?: string
  readonly updateInventory?: string
  readonly confirm?: string
  readonly maxListed?: string
  readonly stockPercentage?: string
  readonly endWhen?: string
  readonly leadTime?: string
  readonly channelSpecificStock?: string
  readonly despatchNotes?: string
}

async function changeSettings(context: CliContext, { args, options }: Given<SettingsOptions>): Promise<Output> {
  const [account = ''] = args
  // Reading the settings changes nothing, so it needs no key and leaves no trace.
  if (Object.keys(options).length === 0) return showAccount(context, { args, options })
  const answer = await call(
    context.clients.accounts,
    'updateAccountSettings',
    {
      idempotencyKey: context.idempotencyKey,
      account,
      enabled: onOff(options.enabled, '--enabled'),
      updateInventory: onOff(options.updateInventory, '--update-inventory'),
      confirmation: options.confirm ?? '',
      maxListed: numberOrNone(options.maxListed, '--max-listed'),
      stockPercentage: numberOrNone(options.stockPercentage, '--stock-percentage'),
      endWhen: numberOrNone(options.endWhen, '--end-when'),
      defaultLeadTimeDays: numberOrNone(options.leadTime, '--lead-time'),
      channelSpecificStock: onOff(options.channelSpecificStock, '--channel-specific-stock'),
      despatchNotes: onOff(options.despatchNotes, '--despatch-notes'),
    },
    writing(context),
  )
  return oneAccount(answer.account)
}

const switchAccount =
  (enabled: boolean) =>
  async (context: CliContext, { args }: Given<object>): Promise<Output> => {
    const [account = ''] = args
    const request = { idempotencyKey: context.idempotencyKey, account, enabled, confirmation: '' }
    const answer = await call(context.clients.accounts, 'updateAccountSettings', request, writing(context))
    return oneAccount(answer.account)
  }

const onOrOff = (on: boolean): string => (on ? 'on' : 'off')

function oneAccount(account: Account | undefined): Output {
  if (!account) throw new Error('the answer holds no account')
  const json = accountShape(account)
  const { settings } = json
  return {
    json: { account: json },
    text: facts([
      ['id', json.id],
      ['name', json.name],
      ['seller', `${json.seller} (${json.region})`],
      ['marketplace', `${json.marketplace} (${json.marketplace_id})`],
      ['connected by', json.api],
      ['connection', json.connection_state + (json.connection_detail ? `: ${json.connection_detail}` : '')],
      ['authorised', orDash(json.authorised_at)],
      ['consent ends', orDash(json.consent_expires_at)],
      ['client secret ends', orDash(json.secret_expires_at)],
      ['enabled', onOrOff(settings.enabled)],
      ['update inventory', onOrOff(settings.update_inventory)],
      ['paused', json.paused ? `since ${orDash(json.paused.since)}${json.paused.hard ? ', zeros too' : ''}` : 'no'],
      ['max listed', orDash(settings.max_listed)],
      ['stock percentage', orDash(settings.stock_percentage)],
      ['end when', orDash(settings.end_when)],
      ['lead time (days)', orDash(settings.default_lead_time_days)],
      ['channel specific stock', onOrOff(settings.channel_specific_stock)],
      ['despatch notes', onOrOff(settings.despatch_notes)],
      ['locations', json.locations.join(', ') || 'none: nothing is sent until one is mapped (lockstep locations map)'],
      ['order location', orDash(json.order_location)],
      ['last inventory sync', orDash(json.inventory_sync_date)],
    ]),
  }
}

async function testAccount(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = ''] = args
  const options = { timeoutMs: AMAZON_TIMEOUT_MS, actor: context.actor }
  const answer = await call(context.clients.accounts, 'testAccount', { account }, options)
  const steps = answer.steps.map((step) => ({
    step: step.step,
    ok: step.ok,
    detail: textOrNull(step.detail),
    next_step: textOrNull(step.nextStep),
  }))
  const lines = steps.map(
    (step) =>
      `${step.ok ? '✓' : '×'} ${step.step}: ${orDash(step.detail)}${step.next_step ? `\n  next: ${step.next_step}` : ''}\n`,
  )
  return { json: { ok: answer.ok, steps }, text: lines.join('') }
}
