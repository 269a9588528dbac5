import {
  LedgerServiceService,
  type GetIncidentRequest,
  type GetIncidentResponse,
  type ListIncidentsRequest,
  type ListIncidentsResponse,
  type ResolveIncidentRequest,
  type ResolveIncidentResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/ledger_service.ts'
import { unary, type CallContext } from '@lockstep/rpc/handler'
import { serviceBinding, type ServiceBinding } from '@lockstep/rpc/server'
import { resolveIncident } from '../commands/resolve-incident.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { explainIncident, listIncidents } from '../queries/list-incidents.ts'
import { incidentKindOf, incidentMessage, reservedMessage } from './incident-messages.ts'
import { askedPage, movementMessage } from './messages.ts'
import { orRefuse } from './refusing.ts'

/** Incidents: what in the ledger a person should look at. */
export function ledgerService(deps: CommandDeps): ServiceBinding {
  return serviceBinding(LedgerServiceService, {
    listIncidents: unary((request) => handleListIncidents(deps, request)),
    getIncident: unary((request) => handleGetIncident(deps, request)),
    resolveIncident: unary((request, context) => handleResolveIncident(deps, request, context)),
  })
}

async function handleListIncidents(
  { db }: CommandDeps,
  { item, kind, includeClosed, page }: ListIncidentsRequest,
): Promise<ListIncidentsResponse> {
  const wanted = { item, kind: incidentKindOf(kind), includeClosed, page: askedPage(page) }
  const { incidents, nextPageToken } = orRefuse('ListIncidents', await listIncidents(db, wanted))
  return { incidents: incidents.map(incidentMessage), nextPageToken }
}

async function handleGetIncident(
  { db }: CommandDeps,
  { incidentId }: GetIncidentRequest,
): Promise<GetIncidentResponse> {
  const { incident, movements, reserved } = orRefuse('GetIncident', await explainIncident(db, incidentId))
  return {
    incident: incidentMessage(incident),
    movements: movements.map(movementMessage),
    reserved: reserved.map(reservedMessage),
  }
}

async function handleResolveIncident(
  deps: CommandDeps,
  request: ResolveIncidentRequest,
  { actor }: CallContext,
): Promise<ResolveIncidentResponse> {
  const { incident } = orRefuse('ResolveIncident', await resolveIncident(deps, { ...request, actor }))
  return { incident: incidentMessage(incident) }
}
