export type TransferState = 'in_flight' | 'received' | 'cancelled'

export interface TransferLine {
  itemId: string
  itemSku: string
  sent: number
  received: number
  returned: number
}

export interface Transfer {
  id: string
  fromLocationId: string
  fromLocationName: string
  toLocationId: string
  toLocationName: string
  state: TransferState
  reference: string
  note: string
  actor: string
  sentAt: Date
  endedAt: Date | null
  lines: TransferLine[]
}

/** Units of a line that are on their way. */
export function onTheWay(line: Pick<TransferLine, 'sent' | 'received' | 'returned'>): number {
  return line.sent - line.received - line.returned
}
