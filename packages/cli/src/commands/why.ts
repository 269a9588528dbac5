import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { holdingFindings } from '../holding-findings.ts'
import { facts, orDash, type Output, UsageError } from '../output.ts'
import { whyShape } from '../shapes/why.ts'

/** why. */
export function addWhyCommands(program: Command, run: Run): void {
  program
    .command('why <account> <channel-sku>')
    .description('explain the number of a listing: gates, inputs, steps and the whole chain to Amazon')
    .option('--at <time>', 'a past moment, such as 2026-11-21T10:00:00Z')
    .action(run(explain))
}

async function explain(context: CliContext, { args, options }: Given<{ at?: string }>): Promise<Output> {
  const [account = '', channelSku = ''] = args
  const explained = await call(
    context.clients.sync,
    'explainListing',
    { account, channelSku, at: momentOf(options.at) },
    { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true },
  )
  const json = whyShape(explained)
  const isStuck = options.at === undefined && json.state !== 'in_step' && json.state !== 'gated'
  return { json, text: forPeople(json) + (isStuck ? await troubleLines(context, account, json) : '') }
}

/** What is wrong with the account and keeps this number from Amazon, for people; a number that is in step needs none of it. */
async function troubleLines(context: CliContext, account: string, why: Why): Promise<string> {
  const asking = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true }
  const { findings } = await call(context.clients.diagnosis, 'diagnoseAccount', { account }, asking)
  const next = {
    action: why.next.action,
    blockedBy: why.chain.scheduled?.blocked_by ?? null,
    channelSku: why.listing?.channel_sku ?? '',
  }
  return holdingFindings(findings, next)
    .map((finding) => `  ${finding.class}: ${finding.summary}\n    next step: ${finding.nextStep}\n`)
    .join('')
}

function momentOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) throw new UsageError(`--at is "${text}": give a time such as 2026-11-21T10:00:00Z`)
  if (at.getTime() > Date.now()) {
    throw new UsageError(`--at is "${text}", which has not come yet: give a past moment, or leave it out for now`)
  }
  return at
}

type Why = ReturnType<typeof whyShape>

/** The explanation for people. */
export function forPeople(why: Why): string {
  const closed = why.gates.filter(({ open }) => !open)
  return [
    heading(why),
    closed.map(({ gate, detail }) => `  closed: ${gate}${detail ? ` – ${detail}` : ''}\n`).join(''),
    closed.length > 0 ? '\n' : '',
    inputLines(why),
    closed.length > 0 && why.steps.length > 0 ? '  would be, were it open:\n' : '',
    why.steps
      .map(
        (step) =>
          `  ${step.step.padEnd(18)} ${String(step.before)} → ${String(step.after)}${step.note ? `  (${step.note})` : ''}\n`,
      )
      .join(''),
    guardLine(why),
    holdLine(why),
    groupLine(why),
    '\n',
    chainLines(why),
    driftLine(why),
    `\n${why.state}; next: ${why.next.action}${why.next.at ? ` at ${why.next.at}` : ''}${why.next.reason ? ` (${why.next.reason})` : ''}\n`,
  ].join('')
}

function heading({ listing, desired }: Why): string {
  const wanted = desired ? `wants ${String(desired.quantity)}${originOf(desired)}` : 'wants no number'
  const item = listing?.item ? `item ${listing.item.sku ?? ''}` : 'not linked'
  return `${listing?.channel_sku ?? ''} on ${listing?.marketplace ?? ''} (${item}) ${wanted}\n\n`
}

/** Which version of the number it is, since when, and what made it so. */
function originOf({ version, at, cause }: NonNullable<Why['desired']>): string {
  const why = [cause.kind, cause.reference].filter((part) => part !== null && part !== '').join(' ')
  return ` (version ${String(version)} of ${orDash(at)}${why === '' ? '' : `, by ${why}`})`
}

const inputLines = ({ inputs }: Why): string =>
  inputs.locations
    .map(
      ({ name, available }) => `  ${name.padEnd(18)} ${available === null ? 'unknown' : String(available)} available\n`,
    )
    .join('')

function guardLine({ guard }: Why): string {
  if (!guard) return ''
  if (guard.unguarded) return '  guard              sent without a read\n'
  return `  guard              Amazon held ${String(guard.live)} at ${orDash(guard.read_at)}, expected ${orDash(guard.expected)}, unseen ${String(guard.unseen)}\n`
}

function holdLine({ hold }: Why): string {
  if (!hold) return ''
  return `  held               ${String(hold.units)} sold on Amazon and not downloaded, kept from every channel since ${orDash(hold.since)}\n`
}

function groupLine({ group }: Why): string {
  if (!group || group.members.length < 2) return ''
  const members = group.members
    .map(({ marketplace, desired, role }) => `${marketplace} ${orDash(desired)} ${role}`)
    .join(', ')
  return `  shared SKU         ${members}; ${group.policy} → ${orDash(group.number)}${group.conflict ? ` – conflict: ${group.conflict}` : ''}\n`
}

function driftLine({ drift, listing }: Why): string {
  if (!drift) return ''
  const kind = (drift.kind ?? 'drift').replaceAll('_', ' ')
  const where = `${listing?.account ?? ''} ${listing?.channel_sku ?? ''}`
  return `\n  ${kind}: Amazon shows ${String(drift.live)}, expected ${orDash(drift.expected)}; to send ours again: lockstep sync resend ${where}\n`
}

const stage = (at: string | null | undefined, detail: string): string => (at ? `${at}  ${detail}` : '–')

function chainLines({ chain }: Why): string {
  return facts([
    [
      '  scheduled',
      stage(
        chain.scheduled?.at,
        [chain.scheduled?.lane, chain.scheduled?.blocked_by, chain.scheduled?.behind].filter(Boolean).join(', '),
      ),
    ],
    [
      '  submitted',
      stage(chain.submitted?.at, `${orDash(chain.submitted?.quantity)} (${orDash(chain.submitted?.submission_id)})`),
    ],
    [
      '  accepted',
      stage(
        chain.accepted?.at,
        [orDash(chain.accepted?.quantity), chain.accepted?.not_seen].filter((part) => part != null).join('; '),
      ),
    ],
    ['  seen', stage(chain.seen?.at, orDash(chain.seen?.quantity))],
  ])
}
