import type { Incident, ReservedUnits } from '@lockstep/contracts/generated/lockstep/inventory/v1/ledger_service.ts'

import { causeShape } from './stock.ts'
import { enumWord, isoTime, jsonNumber, textOrNull } from './values.ts'

/** An incident of stock incidents, stock incident, stock resolve. */
export const incidentShape = (incident: Incident) => ({
  id: incident.id,
  kind: enumWord(incident.kind, 'INCIDENT_KIND_'),
  item: { id: incident.itemId, sku: incident.itemSku },
  location: { id: incident.locationId, name: incident.locationName },
  units: jsonNumber(incident.units),
  worst_units: jsonNumber(incident.worstUnits),
  reference: textOrNull(incident.reference),
  cause: causeShape(incident.cause),
  opened_at: isoTime(incident.openedAt),
  closed_at: isoTime(incident.closedAt),
  closing_cause: incident.closingCause ? causeShape(incident.closingCause) : null,
})

/** What has units reserved in the place of a `stock incident`: an order's line, or a reservation that a channel asked for. */
export const reservedShape = ({ orderId, channelOrderId, orderLineId, reservationId, units }: ReservedUnits) => ({
  order: orderId === '' ? null : { id: orderId, channel_order_id: textOrNull(channelOrderId), line: orderLineId },
  reservation: textOrNull(reservationId),
  units: jsonNumber(units),
})
