import { call } from '@lockstep/rpc/client'
import type { GetOrderSyncResponse } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import type { Command } from 'commander'

import { AMAZON_TIMEOUT_MS, type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { facts, orDash, type Output, table, UsageError } from '../output.ts'
import { accountShape } from '../shapes/accounts.ts'
import { dryRunShape, syncStatusShape } from '../shapes/sync.ts'

/** sync status, dry-run, force-update, pause, resume, confirm-zeros. */
export function addSyncCommands(program: Command, run: Run): void {
  const sync = program.command('sync').description('what is sent to Amazon, and when')
  sync.command('status <account>').description('show how an account’s push and poll stand').action(run(showStatus))
  sync
    .command('dry-run <account>')
    .description('show what switching update-inventory on would send; its confirmation switches it on')
    .action(run(dryRun))
  sync
    .command('force-update <account>')
    .description('consider every linked listing again; only on support’s advice: overuse can get the account throttled')
    .option('--confirm', 'do it although it may take long and load the account’s limits')
    .action(run(forceUpdate))
  sync
    .command('resend <account> <channel-sku>')
    .description('send the number of one listing again that Amazon shows otherwise')
    .action(run(resend))
  sync
    .command('pause [account]')
    .description('stop sending; writes to zero still pass')
    .option('--all', 'every account')
    .option('--hard', 'hold writes to zero as well')
    .action(run(pause))
  sync.command('resume [account]').description('send again').option('--all', 'every account').action(run(resume))
  sync
    .command('confirm-zeros <account> <confirmation>')
    .description('let the zeros go that the mass-zero guard holds back')
    .action(run(confirmZeros))
}

async function showStatus(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = ''] = args
  const options = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const status = await call(context.clients.sync, 'getSyncStatus', { account }, options)
  const json = syncStatusShape(status, await orderSync(context, status.account?.id ?? ''))
  const { listings, orders } = json
  return {
    json,
    text: facts([
      ['account', status.account?.name ?? ''],
      ['enabled', json.enabled ? 'on' : 'off'],
      ['update inventory', json.update_inventory ? 'on' : 'off'],
      ['paused', json.paused ? `since ${orDash(json.paused.since)}` : 'no'],
      ['last inventory sync', orDash(json.inventory_sync_date)],
      ['orders covered until', orders ? orDash(orders.covered_until) : 'order download is not answering'],
      [
        'last poll',
        orders?.last_poll
          ? `${orDash(orders.last_poll.at)} ${pollWord(orders.last_poll.result)}, ${String(orders.last_poll.orders)} orders`
          : '–',
      ],
      ['next poll', orDash(orders?.next_poll_at)],
      [
        'listings',
        Object.entries(listings)
          .map(([word, count]) => `${String(count)} ${word}`)
          .join(', '),
      ],
      ['accepted, not seen yet', String(status.states['accepted'] ?? 0)],
      [
        'oldest waiting',
        json.oldest_waiting
          ? `${json.oldest_waiting.channel_sku} since ${orDash(json.oldest_waiting.since)} (${orDash(json.oldest_waiting.blocked_by)})`
          : 'none',
      ],
      [
        'held back zeros',
        json.mass_zero
          ? `${String(json.mass_zero.count)}: lockstep sync confirm-zeros ${status.account?.name ?? ''} ${json.mass_zero.confirmation}`
          : 'none',
      ],
      ['open windows', String(json.unseen_open)],
      [
        'drift',
        json.drifted
          .map(({ channel_sku: sku, kind, live }) => `${sku} shows ${orDash(live)} (${kind.replaceAll('_', ' ')})`)
          .join(', ') || 'none',
      ],
    ]),
  }
}

const pollWord = (result: string): string =>
  result === 'no_token' ? 'waited for a token of our own bucket (nothing was sent)' : result

const ORDERS_TIMEOUT_MS = 5_000

/** Undefined when order download cannot be asked: the push side is shown all the same. */
async function orderSync(context: CliContext, accountId: string): Promise<GetOrderSyncResponse | undefined> {
  try {
    return await call(
      context.clients.orders,
      'getOrderSync',
      { accountId },
      { timeoutMs: ORDERS_TIMEOUT_MS, actor: context.actor },
    )
  } catch {
    return undefined
  }
}

async function dryRun(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = ''] = args
  const options = { timeoutMs: AMAZON_TIMEOUT_MS, actor: context.actor }
  const json = dryRunShape(await call(context.clients.sync, 'dryRun', { account, limit: 0 }, options))
  const rows = json.lines.map((line) => [line.channel_sku, orDash(line.from), String(line.to)])
  return {
    json,
    text: [
      `${String(json.changes)} writes (${String(json.zeros)} listings to zero), ${String(json.unchanged)} SKUs stay, ${String(json.gated)} held by a gate; about ${json.duration_seconds.toFixed(0)} s\n\n`,
      table(['CHANNEL SKU', 'FROM', 'TO'], rows),
      json.conflicts.map((conflict) => `conflict: ${conflict}\n`).join(''),
      `\nto switch it on: lockstep accounts settings ${account} --update-inventory on --confirm ${json.confirmation}${json.zeros_confirmation === null ? '' : ` --zeros ${json.zeros_confirmation}`}\n`,
    ].join(''),
  }
}

async function resend(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = '', channelSku = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, account, channelSku }
  const answer = await call(context.clients.live, 'resendListing', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  const json = { account: answer.accountId, channel_sku: answer.channelSku }
  return { json, text: `${json.channel_sku} goes out again: lockstep why ${account} ${json.channel_sku}\n` }
}

async function forceUpdate(context: CliContext, { args, options }: Given<{ confirm?: boolean }>): Promise<Output> {
  const [account = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, account, confirmed: options.confirm === true }
  const answer = await call(context.clients.sync, 'forceUpdate', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  const seconds = Math.ceil(answer.durationSeconds)
  return {
    json: { listings: answer.listings, duration_seconds: answer.durationSeconds },
    text: `${String(answer.listings)} listings are considered again, behind every change of stock: up to ${String(seconds)} s\n`,
  }
}

function whichAccount(account: string | undefined, all: boolean | undefined): { account: string; all: boolean } {
  if ((account === undefined) === (all !== true)) throw new UsageError('give an account, or --all')
  return { account: account ?? '', all: all === true }
}

async function pause(
  context: CliContext,
  { args, options }: Given<{ all?: boolean; hard?: boolean }>,
): Promise<Output> {
  const [account] = args
  const request = {
    idempotencyKey: context.idempotencyKey,
    ...whichAccount(account, options.all),
    hard: options.hard === true,
  }
  const answer = await call(context.clients.sync, 'pauseSync', request, { timeoutMs: TIMEOUT_MS, actor: context.actor })
  return accountsOutput(
    answer.accounts,
    options.hard === true ? 'pauses, zeros too' : 'pauses; writes to zero still pass',
  )
}

async function resume(context: CliContext, { args, options }: Given<{ all?: boolean }>): Promise<Output> {
  const [account] = args
  const request = { idempotencyKey: context.idempotencyKey, ...whichAccount(account, options.all) }
  const answer = await call(context.clients.sync, 'resumeSync', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  return accountsOutput(answer.accounts, 'sends again')
}

const accountsOutput = (accounts: readonly Account[], does: string): Output => ({
  json: { accounts: accounts.map(accountShape), next_page_token: null },
  text: accounts.map((account) => `${account.name} ${does}\n`).join(''),
})

async function confirmZeros(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [account = '', confirmation = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, account, confirmation }
  const answer = await call(context.clients.sync, 'confirmMassZero', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  return { json: { released: answer.released }, text: `${String(answer.released)} zeros are let go\n` }
}
