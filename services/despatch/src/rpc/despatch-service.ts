import { despatchReasons, generalReasons } from '@lockstep/contracts/reasons'
import {
  DespatchServiceService,
  type GetDespatchResponse,
  type ListDespatchesResponse,
  ProcessOrderRequest,
  type ProcessOrderResponse,
  SendDespatchAgainRequest,
  type SendDespatchAgainResponse,
} from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_service.ts'
import { type CallContext, unary } from '@lockstep/rpc/handler'
import { refusal } from '@lockstep/rpc/refusal'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'

import { processOrder, type ProcessOrderDeps } from '../commands/process-order.ts'
import { sendAgain } from '../commands/send-again.ts'
import { despatchMessage } from '../events/despatch-message.ts'
import { countProcessed, countRefusal } from '../metrics.ts'
import { PeerUnavailableError } from '../peers/peers.ts'
import { findDespatch, listDespatches } from '../store/despatches.ts'

const reasons = { ...generalReasons, ...despatchReasons }

/** What the handlers work with. */
export interface HandlerDeps extends ProcessOrderDeps {
  /** Called after a despatch was recorded, so that Amazon is told at once. */
  readonly recorded: () => void
}

/** Binds the contract to the commands and queries of this service. */
export function despatchServiceBinding(deps: HandlerDeps): ServiceBinding {
  return serviceBinding(DespatchServiceService, {
    processOrder: unary((request, context) => handleProcessOrder(deps, request, context)),
    sendDespatchAgain: unary((request, context) => handleSendAgain(deps, request, context)),
    listDespatches: unary((request) => handleListDespatches(deps, request.orderId)),
    getDespatch: unary((request) => handleGetDespatch(deps, request.despatchId)),
  })
}

async function handleProcessOrder(
  deps: HandlerDeps,
  request: ProcessOrderRequest,
  context: CallContext,
): Promise<ProcessOrderResponse> {
  const { carrier, carrierName, service, tracking } = request
  const result = await processOrder(deps, {
    idempotencyKey: request.idempotencyKey,
    request: ProcessOrderRequest.encode(request).finish(),
    actor: context.actor,
    order: request.order,
    parcel: { carrier, carrierName, service, tracking },
    lines: request.lines.map((line) => ({ orderLineId: line.orderLineId, quantity: Number(line.quantity) })),
  }).catch(unavailable)
  if (result.kind === 'refused') {
    countRefusal(result.refusal.reason)
    throw refusal(reasons, result.refusal.reason, result.refusal)
  }
  deps.recorded()
  countProcessed()
  return { despatch: despatchMessage(result.despatch) }
}

async function handleSendAgain(
  deps: HandlerDeps,
  request: SendDespatchAgainRequest,
  context: CallContext,
): Promise<SendDespatchAgainResponse> {
  const { idempotencyKey, order, parcel } = request
  const body = SendDespatchAgainRequest.encode(request).finish()
  const command = { idempotencyKey, request: body, actor: context.actor, order, parcel }
  const result = await sendAgain(deps, command).catch(unavailable)
  if (result.kind === 'refused') {
    countRefusal(result.refusal.reason)
    throw refusal(reasons, result.refusal.reason, result.refusal)
  }
  deps.recorded()
  return { despatch: despatchMessage(result.despatch) }
}

function unavailable(error: unknown): never {
  if (!(error instanceof PeerUnavailableError)) throw error
  throw refusal(reasons, 'PEER_UNAVAILABLE', { message: `${error.message}, so nothing was done` })
}

async function handleListDespatches({ db }: HandlerDeps, orderId: string): Promise<ListDespatchesResponse> {
  const despatches = await listDespatches(db, orderId)
  return { despatches: despatches.map(despatchMessage) }
}

async function handleGetDespatch({ db }: HandlerDeps, despatchId: string): Promise<GetDespatchResponse> {
  const despatch = await findDespatch(db, despatchId)
  if (despatch) return { despatch: despatchMessage(despatch) }
  throw refusal(reasons, 'DESPATCH_UNKNOWN', {
    message: `there is no despatch "${despatchId}"`,
    field: 'despatch_id',
    value: despatchId,
  })
}
