import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import {
  AMAZON_TIMEOUT_MS,
  type Given,
  moreHint,
  paged,
  pageOf,
  type PageOptions,
  type Run,
  TIMEOUT_MS,
} from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table } from '../output.ts'
import { accountShape } from '../shapes/accounts.ts'
import { madeChangeShape, undoPreviewShape } from '../shapes/changes.ts'
import { textOrNull } from '../shapes/values.ts'
import { shownText, zerosFlag } from './preview.ts'

/** changes list, apply, undo. */
export function addChangeCommands(program: Command, run: Run): void {
  const changes = program
    .command('changes')
    .description('changes of settings, locations, links and rules: shown, made, taken back')
  paged(changes.command('list <account>').description('what was changed, by whom, the newest first')).action(
    run(listChanges),
  )
  changes
    .command('apply <confirmation>')
    .description('do exactly what a dry run has shown; its confirmation holds for 15 minutes')
    .option('--zeros <confirmation>', 'the second confirmation, when many listings go to zero')
    .option('--allow-stock-moves', 'although stock has moved since, as long as no other listing ends or stops')
    .action(run(apply))
  changes
    .command('undo <account> [change]')
    .description('take the last change back, if what it set is still so; right after an undo, name the change')
    .option('--dry-run', 'show what would be taken back and sent, and change nothing')
    .option('--zeros <confirmation>', 'the confirmation that a refusal has named, when many listings go to zero')
    .action(run(undo))
}

async function listChanges(context: CliContext, { args, options }: Given<PageOptions>): Promise<Output> {
  const [account = ''] = args
  const answer = await call(
    context.clients.changes,
    'listChanges',
    { account, page: pageOf(options) },
    { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true },
  )
  const changes = answer.changes.map(madeChangeShape)
  const rows = changes.map((change) => [
    orDash(change.at),
    change.actor,
    change.kind,
    change.values.map(valueText).join(', '),
    change.undone_by === null ? '' : 'taken back',
    change.id,
  ])
  return {
    json: { changes, next_page_token: textOrNull(answer.nextPageToken) },
    text: table(['AT', 'BY', 'WHAT', 'CHANGE', '', 'ID'], rows) + moreHint(answer.nextPageToken),
  }
}

function valueText({ channel_sku: sku, name, from, to }: ReturnType<typeof madeChangeShape>['values'][number]): string {
  return `${sku === null ? '' : `${sku} `}${name} ${orDash(from)} → ${orDash(to)}`
}

interface ApplyOptions {
  readonly zeros?: string
  readonly allowStockMoves?: boolean
}

async function apply(context: CliContext, { args, options }: Given<ApplyOptions>): Promise<Output> {
  const [confirmation = ''] = args
  return applied(context, { ...options, confirmation })
}

/** Makes a change that was shown. */
export async function applied(context: CliContext, given: ApplyOptions & { confirmation: string }): Promise<Output> {
  const request = {
    idempotencyKey: context.idempotencyKey,
    confirmation: given.confirmation,
    zerosConfirmation: given.zeros ?? '',
    allowStockMoves: given.allowStockMoves === true,
  }
  const options = { timeoutMs: AMAZON_TIMEOUT_MS, actor: context.actor }
  const { changeId, account, listings } = await call(context.clients.changes, 'applyChange', request, options)
  return changeOutput({ changeId, undone: null, account, listings })
}

interface UndoOptions {
  readonly zeros?: string
  readonly dryRun?: boolean
}

async function undo(context: CliContext, { args, options }: Given<UndoOptions>): Promise<Output> {
  const [account = '', change = ''] = args
  if (options.dryRun === true) return previewUndo(context, account)
  const request = {
    idempotencyKey: context.idempotencyKey,
    account,
    change,
    zerosConfirmation: options.zeros ?? '',
  }
  const answer = await call(context.clients.changes, 'undoChange', request, {
    timeoutMs: AMAZON_TIMEOUT_MS,
    actor: context.actor,
  })
  return changeOutput({ ...answer, undone: answer.undone ? madeChangeShape(answer.undone) : null })
}

async function previewUndo(context: CliContext, account: string): Promise<Output> {
  const answer = await call(
    context.clients.changes,
    'previewUndo',
    { account, limit: 0 },
    { timeoutMs: AMAZON_TIMEOUT_MS, actor: context.actor, readOnly: true },
  )
  const json = undoPreviewShape(answer)
  const command = `lockstep changes undo ${account} ${json.undone.id}${zerosFlag(json)}`
  return {
    json,
    text: `would take back ${undoneText(json.undone)}\n\n${shownText(json)}\nto do it: ${command}\n`,
  }
}

/** Who set what, when. */
function undoneText({ id, actor, at, values }: ReturnType<typeof madeChangeShape>): string {
  return `${id} by ${orDash(actor)} at ${orDash(at)}: ${values.map(valueText).join(', ')}`
}

interface ChangeMade {
  /** Empty when nothing was made. */
  readonly changeId: string
  readonly undone: ReturnType<typeof madeChangeShape> | null
  readonly account: Account | undefined
  readonly listings: number
}

function changeOutput(made: ChangeMade): Output {
  const { changeId, undone, account, listings } = made
  if (!account) throw new Error('the answer holds no account')
  return {
    json: {
      change: textOrNull(changeId),
      undone: undone?.id ?? null,
      undone_change: undone,
      listings,
      account: accountShape(account),
    },
    text: madeText({ changeId, undone, account, listings }),
  }
}

function madeText({ changeId, undone, account, listings }: ChangeMade & { account: Account }): string {
  if (changeId === '') return `${account.name} is so already: nothing was changed\n`
  const what = undone === null ? `made ${changeId}` : `took back ${undoneText(undone)}\nby ${changeId}`
  return `${what}: ${String(listings)} listings are computed anew\n`
}
