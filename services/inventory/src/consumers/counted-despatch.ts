import { UnprocessableMessageError } from '@lockstep/bus/consumer'
import type { DespatchEvent } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_events.ts'
import type { DespatchLine } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_service.ts'
import type { CountedDespatch } from '../domain/order-books.ts'
import { placeOf, unitsOf } from './message-fields.ts'

/** What a despatch's event says about stock: the goods have left, whatever Amazon has been told. Throws for an event that no retry makes readable. */
export function despatchOf({ despatch, actor }: DespatchEvent): {
  despatch: CountedDespatch
  actor: string
  note: string
} {
  if (!despatch?.id || !despatch.orderId) throw new UnprocessableMessageError('the event holds no despatch of an order')
  const { id: despatchId, orderId, channelOrderId } = despatch
  const lines = despatch.lines.map(despatchLine)
  return { despatch: { despatchId, orderId, lines }, actor: actor || 'despatch', note: channelOrderId }
}

function despatchLine(line: DespatchLine): CountedDespatch['lines'][number] {
  if (line.orderLineId === '') throw new UnprocessableMessageError('a line of the despatch names no order line')
  const quantity = unitsOf('quantity', line.quantity)
  return { lineId: line.orderLineId, place: placeOf(line.itemId, line.locationId), quantity }
}
