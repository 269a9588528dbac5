import type { Transfer, TransferLine } from '@lockstep/contracts/generated/lockstep/inventory/v1/transfer_service.ts'

import { enumWord, isoTime, jsonNumber, textOrNull } from './values.ts'

/** A transfer of stock transfer …. */
export const transferShape = (transfer: Transfer) => ({
  id: transfer.id,
  from: { id: transfer.fromLocationId, name: transfer.fromLocationName },
  to: { id: transfer.toLocationId, name: transfer.toLocationName },
  state: enumWord(transfer.state, 'TRANSFER_STATE_'),
  reference: textOrNull(transfer.reference),
  note: textOrNull(transfer.note),
  actor: textOrNull(transfer.actor),
  sent_at: isoTime(transfer.sentAt),
  ended_at: isoTime(transfer.endedAt),
  lines: transfer.lines.map(lineShape),
})

const lineShape = (line: TransferLine) => ({
  item: { id: line.itemId, sku: line.itemSku },
  sent: jsonNumber(line.sent),
  received: jsonNumber(line.received),
  returned: jsonNumber(line.returned),
  in_flight: jsonNumber(line.sent - line.received - line.returned),
})

/** Units of one item that are on their way, as stock show tells them. */
export const inFlightShape = (itemId: string, transfers: readonly Transfer[]) =>
  transfers.map(transferShape).map(({ id, from, to, sent_at, lines }) => ({
    transfer: id,
    from,
    to,
    sent_at,
    quantity: lines.find((line) => line.item.id === itemId)?.in_flight ?? 0,
  }))
