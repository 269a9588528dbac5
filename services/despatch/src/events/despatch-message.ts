import {
  Despatch as DespatchMessage,
  DespatchState as StateMessage,
} from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_service.ts'

import type { Despatch, DespatchState } from '../domain/despatch.ts'

const states: Readonly<Record<DespatchState, StateMessage>> = {
  planned: StateMessage.PLANNED,
  submitted: StateMessage.SUBMITTED,
  confirmed: StateMessage.CONFIRMED,
  failed: StateMessage.FAILED,
  rejected: StateMessage.REJECTED,
  not_required: StateMessage.NOT_REQUIRED,
  held: StateMessage.HELD,
}

/** A despatch as the contract shows it. */
export function despatchMessage(despatch: Despatch): DespatchMessage {
  return DespatchMessage.fromPartial({
    id: despatch.id,
    orderId: despatch.orderId,
    channelOrderId: despatch.channelOrderId,
    accountId: despatch.accountId,
    parcel: String(despatch.parcel),
    carrier: despatch.carrier === 'Other' ? despatch.carrierName : despatch.carrier,
    service: despatch.service,
    tracking: despatch.tracking,
    state: states[despatch.state],
    attempts: despatch.attempts,
    ...(despatch.nextAttemptAt && { nextAttemptAt: despatch.nextAttemptAt }),
    error: despatch.error,
    despatchedAt: despatch.despatchedAt,
    lines: despatch.lines.map((line) => ({ ...line, quantity: BigInt(line.quantity) })),
  })
}
