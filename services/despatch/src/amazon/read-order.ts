import {
  CallOutcome,
  type GatewayServiceClient,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { callThroughGateway } from '@lockstep/sp-api/gateway'
import { getOrderCall, readOrderReply } from '@lockstep/sp-api/orders'

import type { Despatch } from '../domain/despatch.ts'
import type { ReadOutcome } from '../peers/peers.ts'

/** The datasets that show what was shipped; none of them holds buyer data. */
const INCLUDED_DATA = ['FULFILLMENT', 'CANCELLATION', 'PACKAGES']
const TOKEN_WAIT_MS = 5_000

/** Reads an order back from Amazon. */
export async function readOrderOnAmazon(
  gateway: GatewayServiceClient,
  despatch: Despatch,
  signal: AbortSignal,
): Promise<ReadOutcome> {
  const call = getOrderCall(despatch.channelOrderId, INCLUDED_DATA)
  const { connectionId } = despatch
  const reply = await callThroughGateway(gateway, {
    connectionId,
    call,
    tokenWaitMs: TOKEN_WAIT_MS,
    readOnly: true,
    signal,
  })
  if (reply.kind !== 'answered') {
    return { kind: 'not_read', detail: reply.detail, retryAt: reply.kind === 'no_token' ? reply.retryAt : undefined }
  }
  if (reply.answer.outcome !== CallOutcome.ACCEPTED)
    return { kind: 'not_read', detail: reply.detail, retryAt: undefined }
  const reading = readOrderReply(reply.answer.body)
  if (reading.kind === 'unreadable') {
    return { kind: 'not_read', detail: `what Amazon answered cannot be read: ${reading.problem}`, retryAt: undefined }
  }
  const { status, lines, packages } = reading.order
  return {
    kind: 'read',
    order: {
      status,
      buyerCancelRequested: lines.some((line) => line.buyerAskedToCancel),
      fulfilled: new Map(lines.map((line) => [line.orderItemId, line.fulfilled ?? 0])),
      packageReferences: packages.map((parcel) => parcel.packageReferenceId),
    },
  }
}
