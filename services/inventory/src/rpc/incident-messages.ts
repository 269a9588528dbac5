import {
  IncidentKind as IncidentKindMessage,
  type Incident as IncidentMessage,
  type ReservedUnits as ReservedUnitsMessage,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/ledger_service.ts'
import type { IncidentKind } from '../domain/incidents.ts'
import type { Incident } from '../queries/list-incidents.ts'
import type { ReservedUnits } from '../queries/reserved-units.ts'
import { causeMessage } from './messages.ts'

const kinds = {
  oversell: IncidentKindMessage.OVERSELL,
  shortfall: IncidentKindMessage.SHORTFALL,
  unbalanced: IncidentKindMessage.UNBALANCED,
  cancelled_after_despatch: IncidentKindMessage.CANCELLED_AFTER_DESPATCH,
} as const satisfies Record<IncidentKind, IncidentKindMessage>

/** Undefined asks for all of them: also a kind that this release does not know, of which there are none. */
export function incidentKindOf(message: IncidentKindMessage): IncidentKind | undefined {
  switch (message) {
    case IncidentKindMessage.OVERSELL:
      return 'oversell'
    case IncidentKindMessage.SHORTFALL:
      return 'shortfall'
    case IncidentKindMessage.UNBALANCED:
      return 'unbalanced'
    case IncidentKindMessage.CANCELLED_AFTER_DESPATCH:
      return 'cancelled_after_despatch'
    case IncidentKindMessage.UNSPECIFIED:
    case IncidentKindMessage.UNRECOGNIZED:
      return undefined
    default:
      return message satisfies never
  }
}

export function incidentMessage({ kind, cause, closedAt, closingCause, ...incident }: Incident): IncidentMessage {
  return {
    ...incident,
    kind: kinds[kind],
    units: BigInt(incident.units),
    worstUnits: BigInt(incident.worstUnits),
    cause: causeMessage(cause),
    closedAt: closedAt ?? undefined,
    closingCause: closingCause ? causeMessage(closingCause) : undefined,
  }
}

export const reservedMessage = ({ units, ...holder }: ReservedUnits): ReservedUnitsMessage => ({
  ...holder,
  units: BigInt(units),
})
