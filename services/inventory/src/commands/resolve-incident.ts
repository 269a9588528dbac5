import { isEndedByPeople } from '../domain/incidents.ts'
import { textProblem } from '../domain/names.ts'
import { isRefused, refused, type Refused } from '../domain/refusal.ts'
import { findIncident, type Incident } from '../queries/list-incidents.ts'
import { endIncident } from '../store/incidents.ts'
import { runCommand, type CommandCall, type CommandDeps } from './stock-transaction.ts'

export interface ResolveIncidentCommand extends CommandCall {
  incidentId: string
  note: string
}

/** Ends an incident that only a person can end. One that has ended stays as it was ended. */
export async function resolveIncident(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: ResolveIncidentCommand,
): Promise<{ incident: Incident } | Refused> {
  const problem = textProblem('note', request.note)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'resolve-incident', idempotencyKey, request }, async ({ tx }) => {
    const incident = await findIncident(tx, request.incidentId)
    if (isRefused(incident)) return incident
    if (!isEndedByPeople(incident.kind)) return endsItself(incident)
    await endIncident(tx, { id: incident.id, cause: { reference: idempotencyKey, actor, note: request.note } })
    const ended = await findIncident(tx, incident.id)
    return isRefused(ended) ? ended : { incident: ended }
  })
}

function endsItself({ id, kind, itemSku, locationName, units }: Incident): Refused {
  const message = `incident ${id} (${kind}) ends by itself when ${itemSku} in ${locationName} is no longer ${units} short`
  const nextStep =
    kind === 'unbalanced'
      ? 'correct the level by a new movement: lockstep stock set'
      : 'bring in the missing units, or count the shelf: lockstep stock adjust --kind receipt, lockstep stock set'
  return refused({ reason: 'INCIDENT_ENDS_ITSELF', message, nextStep, field: 'incident_id', value: id })
}
