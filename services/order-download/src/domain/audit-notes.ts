import type { Order, OrderLine } from './order.ts'

/** One entry of the audit trail, before it has an author and a time. */
export interface AuditNote {
  text: string
  note: string
  oldValue: string
  newValue: string
}

/** What a person should read about an order that is new to us. */
export function notesOfReceived(order: Order): AuditNote[] {
  const units = order.lines.reduce((sum, line) => sum + line.ordered, 0)
  const notes = [
    note('Order Received', `lines: ${order.lines.length}, units: ${units}`, { from: '', to: order.channelStatus }),
  ]
  if (order.finding === 'UNKNOWN_STATUS') notes.push(unknownStatus(order))
  if (order.buyerCancelRequested) notes.push(note('Buyer Requested Cancellation'))
  return notes
}

/** What a person should read about the difference between two revisions of an order. */
export function notesOfChange(before: Order, after: Order): AuditNote[] {
  return [
    ...notesOfStatus(before, after),
    ...notesOfCancelRequest(before, after),
    ...notesOfAccount(before, after),
    ...after.lines.flatMap((line) =>
      notesOfLine(
        before.lines.find(({ id }) => id === line.id),
        line,
      ),
    ),
  ]
}

function notesOfStatus(before: Order, after: Order): AuditNote[] {
  const notes: AuditNote[] = []
  if (before.channelStatus !== after.channelStatus) {
    const text = after.state === 'cancelled' ? 'Order Cancelled' : 'Order Status Changed'
    notes.push(note(text, '', { from: before.channelStatus, to: after.channelStatus }))
    if (after.finding === 'UNKNOWN_STATUS') notes.push(unknownStatus(after))
  }
  const wasDespatchedHere = before.state === 'open' && after.state === 'processed' && after.channelStatus !== 'SHIPPED'
  if (wasDespatchedHere)
    notes.push(note('Order Processed', 'every open unit is despatched', { from: before.state, to: after.state }))
  return notes
}

function notesOfCancelRequest(before: Order, after: Order): AuditNote[] {
  if (before.buyerCancelRequested === after.buyerCancelRequested) return []
  return [note(after.buyerCancelRequested ? 'Buyer Requested Cancellation' : 'Buyer Cancellation Request Gone')]
}

function notesOfAccount(before: Order, after: Order): AuditNote[] {
  if (before.accountId === after.accountId) return []
  return [
    note('Order Assigned', 'its marketplace has an account now', {
      from: before.accountId ?? '',
      to: after.accountId ?? '',
    }),
  ]
}

function notesOfLine(before: OrderLine | undefined, after: OrderLine): AuditNote[] {
  if (!before) return [note('Order Line Added', after.channelSku, { from: '', to: quantities(after) })]
  const notes: AuditNote[] = []
  if (before.itemId === null && after.itemId !== null) {
    notes.push(note('Order Line Linked', after.channelSku, { from: '', to: after.itemSku ?? after.itemId }))
  }
  if (before.locationId === null && after.locationId !== null) {
    notes.push(note('Order Line Location Set', after.channelSku, { from: '', to: after.locationId }))
  }
  if (quantities(before) !== quantities(after)) {
    notes.push(note('Order Line Changed', after.channelSku, { from: quantities(before), to: quantities(after) }))
  }
  return notes
}

function quantities(line: OrderLine): string {
  return `ordered ${line.ordered}, cancelled ${line.cancelled}, shipped on Amazon ${line.fulfilledOnAmazon}`
}

function unknownStatus(order: Order): AuditNote {
  return note('Unknown Amazon Status', 'kept like an order that awaits payment', { from: '', to: order.channelStatus })
}

function note(text: string, detail = '', change = { from: '', to: '' }): AuditNote {
  return { text, note: detail, oldValue: change.from, newValue: change.to }
}
