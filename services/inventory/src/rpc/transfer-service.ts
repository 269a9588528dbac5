import {
  TransferServiceService,
  TransferState as TransferStateMessage,
  type CancelTransferRequest,
  type CancelTransferResponse,
  type GetTransferRequest,
  type GetTransferResponse,
  type ListTransfersRequest,
  type ListTransfersResponse,
  type ReceiveTransferRequest,
  type ReceiveTransferResponse,
  type SendTransferRequest,
  type SendTransferResponse,
  type Transfer as TransferMessage,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/transfer_service.ts'
import { unary, type CallContext } from '@lockstep/rpc/handler'
import { serviceBinding, type ServiceBinding } from '@lockstep/rpc/server'
import { cancelTransfer, receiveTransfer } from '../commands/end-transfer.ts'
import { sendTransfer } from '../commands/send-transfer.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import type { Transfer, TransferState } from '../domain/transfers.ts'
import { findTransfer, listTransfers } from '../queries/list-transfers.ts'
import { askedPage } from './messages.ts'
import { orRefuse } from './refusing.ts'

/** Goods on their way from one of our own locations to another. */
export function transferService(deps: CommandDeps): ServiceBinding {
  return serviceBinding(TransferServiceService, {
    sendTransfer: unary((request, context) => handleSend(deps, request, context)),
    receiveTransfer: unary((request, context) => handleReceive(deps, request, context)),
    cancelTransfer: unary((request, context) => handleCancel(deps, request, context)),
    getTransfer: unary((request) => handleGet(deps, request)),
    listTransfers: unary((request) => handleList(deps, request)),
  })
}

async function handleSend(
  deps: CommandDeps,
  request: SendTransferRequest,
  { actor }: CallContext,
): Promise<SendTransferResponse> {
  const { transfer } = orRefuse('SendTransfer', await sendTransfer(deps, { ...request, actor }))
  return { transfer: transferMessage(transfer) }
}

async function handleReceive(
  deps: CommandDeps,
  request: ReceiveTransferRequest,
  { actor }: CallContext,
): Promise<ReceiveTransferResponse> {
  const { transfer } = orRefuse('ReceiveTransfer', await receiveTransfer(deps, { ...request, actor }))
  return { transfer: transferMessage(transfer) }
}

async function handleCancel(
  deps: CommandDeps,
  request: CancelTransferRequest,
  { actor }: CallContext,
): Promise<CancelTransferResponse> {
  const { transfer } = orRefuse('CancelTransfer', await cancelTransfer(deps, { ...request, actor }))
  return { transfer: transferMessage(transfer) }
}

async function handleGet({ db }: CommandDeps, { transferId }: GetTransferRequest): Promise<GetTransferResponse> {
  return { transfer: transferMessage(orRefuse('GetTransfer', await findTransfer(db, transferId))) }
}

async function handleList(
  { db }: CommandDeps,
  { item, location, state, page }: ListTransfersRequest,
): Promise<ListTransfersResponse> {
  const wanted = { item, location, state: stateOf(state), page: askedPage(page) }
  const { transfers, nextPageToken } = orRefuse('ListTransfers', await listTransfers(db, wanted))
  return { transfers: transfers.map(transferMessage), nextPageToken }
}

const states = {
  in_flight: TransferStateMessage.IN_FLIGHT,
  received: TransferStateMessage.RECEIVED,
  cancelled: TransferStateMessage.CANCELLED,
} as const satisfies Record<TransferState, TransferStateMessage>

/** Undefined asks for all of them. */
function stateOf(message: TransferStateMessage): TransferState | undefined {
  switch (message) {
    case TransferStateMessage.IN_FLIGHT:
      return 'in_flight'
    case TransferStateMessage.RECEIVED:
      return 'received'
    case TransferStateMessage.CANCELLED:
      return 'cancelled'
    case TransferStateMessage.UNSPECIFIED:
    case TransferStateMessage.UNRECOGNIZED:
      return undefined
    default:
      return message satisfies never
  }
}

function transferMessage({ state, endedAt, lines, ...transfer }: Transfer): TransferMessage {
  return {
    ...transfer,
    state: states[state],
    endedAt: endedAt ?? undefined,
    lines: lines.map(({ itemId, itemSku, sent, received, returned }) => {
      return { itemId, itemSku, sent: BigInt(sent), received: BigInt(received), returned: BigInt(returned) }
    }),
  }
}
