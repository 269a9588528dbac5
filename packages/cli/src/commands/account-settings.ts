import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, int32Number, MOST_INT32, numberOrNone, onOff, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import type { Output } from '../output.ts'
import { accountOutput } from './account-output.ts'
import { previewOutput } from './preview.ts'

/** accounts settings. */
export function addAccountSettings(accounts: Command, run: Run): void {
  accounts
    .command('settings <account>')
    .description('show or change the settings')
    .option('--enabled <on|off>', 'master switch')
    .option('--update-inventory <on|off>', 'send stock changes; switching it on needs --confirm')
    .option('--confirm <confirmation>', 'the confirmation that sync dry-run printed')
    .option('--zeros <confirmation>', 'the second confirmation that a dry run printed, when many listings go to zero')
    .option('--max-listed <n|none>', 'upper bound of the number sent')
    .option('--stock-percentage <n|none>', 'share of the available level that is sent, 0 to 100')
    .option('--end-when <n|none>', 'at or below this level 0 is sent')
    .option('--lead-time <days|none>', 'days to ship, 1 to 30')
    .option('--product-lead-times <on|off>', 'each item brings its own days to ship; not beside --lead-time')
    .option('--channel-specific-stock <on|off>', 'leave Amazon’s fulfilment centres out of the sum')
    .option('--despatch-notes <on|off>', 'tell Amazon of despatches')
    .option('--if-version <n>', 'only if nobody has changed the settings since that version')
    .option('--dry-run', 'show what would be sent, and change nothing')
    .action(run(changeSettings))
}

interface SettingsOptions {
  readonly enabled?: string
  readonly updateInventory?: string
  readonly confirm?: string
  readonly zeros?: string
  readonly maxListed?: string
  readonly stockPercentage?: string
  readonly endWhen?: string
  readonly leadTime?: string
  readonly productLeadTimes?: string
  readonly channelSpecificStock?: string
  readonly despatchNotes?: string
  readonly ifVersion?: string
  readonly dryRun?: boolean
}

async function changeSettings(context: CliContext, { args, options }: Given<SettingsOptions>): Promise<Output> {
  const [account = ''] = args
  const change = {
    enabled: onOff(options.enabled, '--enabled'),
    updateInventory: onOff(options.updateInventory, '--update-inventory'),
    maxListed: numberOrNone(options.maxListed, '--max-listed'),
    stockPercentage: numberOrNone(options.stockPercentage, '--stock-percentage'),
    endWhen: numberOrNone(options.endWhen, '--end-when'),
    defaultLeadTimeDays: numberOrNone(options.leadTime, '--lead-time'),
    productLeadTimes: onOff(options.productLeadTimes, '--product-lead-times'),
    channelSpecificStock: onOff(options.channelSpecificStock, '--channel-specific-stock'),
    despatchNotes: onOff(options.despatchNotes, '--despatch-notes'),
  }
  const confirmation = options.confirm ?? ''
  if (options.dryRun === true) {
    return previewOutput(context, { account, change: { $case: 'settings', value: { ...change, confirmation } } })
  }
  // Reading the settings changes nothing, so it needs no key and leaves no trace.
  if (Object.values(change).every((value) => value === undefined)) return showSettings(context, account)
  const { ifVersion } = options
  const expectedVersion =
    ifVersion === undefined ? undefined : int32Number(ifVersion, '--if-version', { least: 1, most: MOST_INT32 })
  const zerosConfirmation = options.zeros ?? ''
  const given = { account, confirmation, zerosConfirmation, expectedVersion }
  const request = { idempotencyKey: context.idempotencyKey, ...given, ...change }
  const answer = await call(context.clients.accounts, 'updateAccountSettings', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  return accountOutput(answer.account)
}

async function showSettings(context: CliContext, account: string): Promise<Output> {
  const options = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const answer = await call(context.clients.accounts, 'getAccount', { account }, options)
  return accountOutput(answer.account)
}
