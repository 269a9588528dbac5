import { readFile } from 'node:fs/promises'

import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { AMAZON_TIMEOUT_MS, moreHint, pageOf, type PageOptions, type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { beginByWebsite, begunOutput, waitForConsent } from './authorise.ts'
import { accountShape } from '../shapes/accounts.ts'
import { textOrNull } from '../shapes/values.ts'
import { accountOutput } from './account-output.ts'
import { addAccountSettings } from './account-settings.ts'

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
  addAccountSettings(accounts, run)
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
  return accountOutput(answer.account)
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
  return accountOutput(answer.account)
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
    return options.wait ? accountOutput(await waitForConsent(context, begun)) : begunOutput(begun)
  }
  const refreshToken = await readToken(context, options.tokenFile)
  const request = { idempotencyKey: context.idempotencyKey, account, refreshToken }
  const answer = await call(context.clients.accounts, 'authoriseAccount', request, writing(context))
  return accountOutput(answer.account)
}

const switchAccount =
  (enabled: boolean) =>
  async (context: CliContext, { args }: Given<object>): Promise<Output> => {
    const [account = ''] = args
    const request = {
      idempotencyKey: context.idempotencyKey,
      account,
      enabled,
      confirmation: '',
      zerosConfirmation: '',
    }
    const answer = await call(context.clients.accounts, 'updateAccountSettings', request, writing(context))
    return accountOutput(answer.account)
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
