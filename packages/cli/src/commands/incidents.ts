import { call } from '@lockstep/rpc/client'
import {
  type GetIncidentResponse,
  IncidentKind,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/ledger_service.ts'
import type { Command } from 'commander'

import { moreHint, pageOf, paged, type PageOptions, type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { facts, orDash, type Output, table, UsageError } from '../output.ts'
import { incidentShape, reservedShape } from '../shapes/incidents.ts'
import { movementShape } from '../shapes/stock.ts'
import { textOrNull } from '../shapes/values.ts'

interface ListOptions extends PageOptions {
  readonly kind?: string
  readonly all?: boolean
}

/** stock incidents, incident, resolve. */
export function addIncidentCommands(stock: Command, run: Run): void {
  paged(
    stock
      .command('incidents [item]')
      .description('oversells, shortfalls and books that do not add up, newest first')
      .option('--kind <kind>', Object.keys(kinds).join(', '))
      .option('--all', 'those that have ended too'),
  ).action(run(listIncidents))
  stock.command('incident <incident>').description('show what made an incident').action(run(showIncident))
  stock
    .command('resolve <incident>')
    .description('end an incident that only a person can end')
    .option('--note <text>', 'what was decided')
    .action(run(resolveIncident))
}

const kinds: Readonly<Record<string, IncidentKind>> = {
  oversell: IncidentKind.OVERSELL,
  shortfall: IncidentKind.SHORTFALL,
  unbalanced: IncidentKind.UNBALANCED,
  cancelled_after_despatch: IncidentKind.CANCELLED_AFTER_DESPATCH,
}

function kindOf(text: string | undefined): IncidentKind {
  if (text === undefined) return IncidentKind.UNSPECIFIED
  const kind = kinds[text]
  if (!kind) throw new UsageError(`--kind is "${text}": give one of ${Object.keys(kinds).join(', ')}`)
  return kind
}

async function listIncidents(context: CliContext, { args, options }: Given<ListOptions>): Promise<Output> {
  const [item = ''] = args
  const request = { item, kind: kindOf(options.kind), includeClosed: options.all === true, page: pageOf(options) }
  const answer = await call(context.clients.ledger, 'listIncidents', request, reading(context))
  const incidents = answer.incidents.map(incidentShape)
  return {
    json: { incidents, next_page_token: textOrNull(answer.nextPageToken) },
    text: incidentTable(incidents) + moreHint(answer.nextPageToken),
  }
}

const reading = (context: CliContext) => ({ timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true }) as const

/** Incidents for people. */
export function incidentTable(incidents: readonly ReturnType<typeof incidentShape>[]): string {
  const rows = incidents.map((incident) => [
    incident.id,
    incident.kind,
    incident.item.sku,
    incident.location.name,
    String(incident.units),
    String(incident.worst_units),
    orDash(incident.opened_at),
    orDash(incident.closed_at),
    `${orDash(incident.cause.kind)} ${orDash(incident.cause.note ?? incident.cause.reference)}`,
  ])
  return table(['INCIDENT', 'KIND', 'ITEM', 'LOCATION', 'UNITS', 'AT WORST', 'SINCE', 'ENDED', 'BEGAN WITH'], rows)
}

async function showIncident(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [incidentId = ''] = args
  const answer = await call(context.clients.ledger, 'getIncident', { incidentId }, reading(context))
  return incidentOutput(answer)
}

/** One incident: what began and ended it, what took the units, and what has them now. */
export function incidentOutput(answer: GetIncidentResponse): Output {
  if (!answer.incident) throw new Error('the answer holds no incident')
  const incident = incidentShape(answer.incident)
  const movements = answer.movements.map(movementShape)
  const reserved = answer.reserved.map(reservedShape)
  const rows = movements.map((movement) => [
    orDash(movement.at),
    orDash(movement.cause.kind),
    String(movement.on_hand_change),
    String(movement.reserved_change),
    orDash(movement.cause.reference),
    orDash(movement.cause.note),
    orDash(movement.cause.actor),
  ])
  return {
    json: { incident, movements, reserved },
    text: [
      facts([
        ['incident', `${incident.id}, ${incident.kind}`],
        ['where', `${incident.item.sku} in ${incident.location.name}`],
        ['units', `${String(incident.units)} now, ${String(incident.worst_units)} at worst`],
        ['since', `${orDash(incident.opened_at)}, began with ${causeWords(incident.cause)}`],
        ['ended', endWords(incident)],
      ]),
      '\nwhat took the units:\n',
      table(['AT', 'CAUSE', 'ON HAND', 'RESERVED', 'REFERENCE', 'NOTE', 'BY'], rows),
      '\nwhat has units reserved there now:\n',
      table(['ORDER', 'AMAZON ORDER', 'LINE', 'UNITS'], reserved.map(reservedRow)),
    ].join(''),
  }
}

type ShownIncident = ReturnType<typeof incidentShape>

function causeWords({ kind, reference, actor, note }: ShownIncident['cause']): string {
  const about = [reference, note].filter((part) => part !== null).join(', ')
  return [orDash(kind), about === '' ? '' : ` (${about})`, actor === null ? '' : ` by ${actor}`].join('')
}

const endWords = ({ closed_at: at, closing_cause: cause }: ShownIncident): string =>
  at !== null && cause !== null ? `${at}, with ${causeWords(cause)}` : orDash(at)

const reservedRow = ({ order, reservation, units }: ReturnType<typeof reservedShape>): string[] => [
  order ? order.id : `reservation ${orDash(reservation)}`,
  orDash(order?.channel_order_id),
  orDash(order?.line),
  String(units),
]

async function resolveIncident(context: CliContext, { args, options }: Given<{ note?: string }>): Promise<Output> {
  const [incidentId = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, incidentId, note: options.note ?? '' }
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  const answer = await call(context.clients.ledger, 'resolveIncident', request, settings)
  if (!answer.incident) throw new Error('the answer holds no incident')
  const incident = incidentShape(answer.incident)
  return { json: { incident }, text: `${incident.id} has ended at ${orDash(incident.closed_at)}\n` }
}
