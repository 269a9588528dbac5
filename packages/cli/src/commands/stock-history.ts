import { call } from '@lockstep/rpc/client'
import type { ListMovementsResponse } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { Command } from 'commander'

import { moreHint, pageOf, paged, type PageOptions, type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { csvText } from '../csv/csv-text.ts'
import { orDash, type Output, table, UsageError } from '../output.ts'
import { movementShape } from '../shapes/stock.ts'
import { textOrNull } from '../shapes/values.ts'

interface HistoryOptions extends PageOptions {
  readonly location?: string
  readonly csv?: boolean
  readonly json?: boolean
}

/** stock history. */
export function addHistoryCommand(stock: Command, run: Run): void {
  paged(
    stock
      .command('history <item>')
      .description('show the ledger of an item, newest first')
      .option('--location <location>', 'only this one')
      .option('--csv', 'all entries as CSV, for a file'),
  ).action(run(showHistory))
}

async function showHistory(context: CliContext, given: Given<HistoryOptions>): Promise<Output> {
  if (given.options.csv === true) return historyCsv(context, given)
  const answer = await historyPage(context, given, pageOf(given.options))
  const movements = answer.movements.map(movementShape)
  return {
    json: { movements, next_page_token: textOrNull(answer.nextPageToken) },
    text: historyTable(movements) + moreHint(answer.nextPageToken),
  }
}

function historyPage(
  context: CliContext,
  { args, options }: Given<HistoryOptions>,
  page: { size: number; token: string },
): Promise<ListMovementsResponse> {
  const [item = ''] = args
  const request = { item, location: options.location ?? '', page }
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  return call(context.clients.inventory, 'listMovements', request, settings)
}

type MovementShape = ReturnType<typeof movementShape>

const signed = (change: number): string => (change > 0 ? `+${String(change)}` : String(change))

function historyTable(movements: readonly MovementShape[]): string {
  const rows = movements.map((movement) => [
    orDash(movement.at),
    movement.kind,
    movement.location.name,
    signed(movement.on_hand_change),
    signed(movement.reserved_change),
    signed(movement.held_change),
    `${String(movement.on_hand_before)} → ${String(movement.on_hand_after)}`,
    String(movement.on_hand_after - movement.reserved_after),
    orDash(movement.cause.kind),
    orDash(movement.cause.reference),
    orDash(movement.cause.actor),
  ])
  const head = [
    'AT',
    'KIND',
    'LOCATION',
    'ON HAND',
    'RESERVED',
    'HELD',
    '= ON HAND',
    '= FREE',
    'CAUSE',
    'REFERENCE',
    'BY',
  ]
  return table(head, rows)
}

const columns = [
  'at',
  'kind',
  'location',
  'on_hand_before',
  'on_hand_change',
  'on_hand_after',
  'reserved_before',
  'reserved_change',
  'reserved_after',
  'held_before',
  'held_change',
  'held_after',
  'cause',
  'reference',
  'actor',
  'note',
  'version',
]

/** More entries than this are had in several files. */
const MOST_ENTRIES = 100_000
const ENTRIES_PER_CALL = 1_000

async function historyCsv(context: CliContext, given: Given<HistoryOptions>): Promise<Output> {
  if (given.options.pageSize !== undefined) throw new UsageError('--page-size is for pages: --csv gives all entries')
  const movements: MovementShape[] = []
  let { token } = pageOf(given.options)
  do {
    const answer = await historyPage(context, given, { size: ENTRIES_PER_CALL, token })
    movements.push(...answer.movements.map(movementShape))
    token = answer.nextPageToken
  } while (token !== '' && movements.length < MOST_ENTRIES)
  if (token !== '') context.progress(`there are more entries: --csv --page-token ${token}`)
  return { json: { movements, next_page_token: textOrNull(token) }, text: historyCsvText(movements) }
}

/** Entries of the ledger as CSV. */
export const historyCsvText = (movements: readonly MovementShape[]): string => csvText(columns, movements.map(cellsOf))

const cellsOf = (movement: MovementShape) => [
  movement.at,
  movement.kind,
  movement.location.name,
  movement.on_hand_before,
  movement.on_hand_change,
  movement.on_hand_after,
  movement.reserved_before,
  movement.reserved_change,
  movement.reserved_after,
  movement.held_before,
  movement.held_change,
  movement.held_after,
  movement.cause.kind,
  movement.cause.reference,
  movement.cause.actor,
  movement.cause.note,
  movement.version,
]
