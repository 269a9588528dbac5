import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { drainShape, limitsShape } from '../shapes/limits.ts'

/** limits <account>, and limits <account> drain. */
export function addLimitsCommands(program: Command, run: Run): void {
  program
    .command('limits <account> [action]')
    .description(
      'show every rate bucket of an account; `drain` empties them, after a restored database or a foreign use',
    )
    .option('--confirm', 'drain although it costs what it says')
    .action(run(limits))
}

interface LimitsOptions {
  readonly confirm?: boolean
}

async function limits(context: CliContext, given: Given<LimitsOptions>): Promise<Output> {
  const [, action] = given.args
  if (action === undefined) return showLimits(context, given)
  if (action === 'drain') return drainLimits(context, given)
  throw new UsageError(`"${action}" cannot be done to limits: give drain, or nothing to see them`)
}

async function showLimits(context: CliContext, { args }: Given<LimitsOptions>): Promise<Output> {
  const [account = ''] = args
  const options = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const json = limitsShape(await call(context.clients.accounts, 'getLimits', { account }, options))
  const rows = json.buckets.map((bucket) => [
    bucket.level,
    bucket.operation,
    `${String(bucket.rate)}/s, ${String(bucket.burst)}`,
    `${bucket.working_rate.toPrecision(4)}/s, ${String(bucket.working_burst)}`,
    bucket.tokens_now.toFixed(1),
    bucket.tokens_now >= 1 ? 'now' : orDash(bucket.next_slot_at),
    String(bucket.waiting),
    String(bucket.sent_1h),
    String(bucket.throttled_1h),
    bucket.learned_from,
  ])
  const head = [
    'LEVEL',
    'OPERATION',
    'RATE, BURST',
    'WORKING',
    'TOKENS',
    'NEXT',
    'WAITING',
    'SENT 1H',
    '429 1H',
    'FROM',
  ]
  return { json, text: table(head, rows) }
}

async function drainLimits(context: CliContext, { args, options }: Given<LimitsOptions>): Promise<Output> {
  const [account = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, account, confirmed: options.confirm === true }
  const answer = await call(context.clients.limits, 'drainLimits', request, {
    timeoutMs: TIMEOUT_MS,
    actor: context.actor,
  })
  const json = drainShape(answer)
  const rows = json.buckets.map((bucket) => [
    bucket.level,
    bucket.operation,
    bucket.tokens_lost.toFixed(1),
    orDash(bucket.next_slot_at),
  ])
  return { json, text: table(['LEVEL', 'OPERATION', 'TOKENS LOST', 'NEXT CALL'], rows) }
}
