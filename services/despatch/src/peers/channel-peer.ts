import { status } from '@grpc/grpc-js'
import type { AccountServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import type {
  CallAmazonResponse,
  GatewayServiceClient,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { call } from '@lockstep/rpc/client'
import { isServiceError, type Refusal, refusalOf } from '@lockstep/rpc/refusal'

import { confirmShipmentBody, readConfirmation } from '../amazon/confirm-shipment.ts'
import { includedData, readOrderReply } from '../amazon/read-order.ts'
import type { TellAmazonDeps } from '../commands/tell-amazon.ts'
import type { Despatch } from '../domain/despatch.ts'
import { type ConfirmOutcome, PeerUnavailableError, type ReadOutcome } from './peers.ts'

/** How long a call waits for a token before it is planned for later. */
const TOKEN_WAIT_MS = 5_000
const CALL_TIMEOUT_MS = 25_000
const READ_TIMEOUT_MS = 10_000

/** The channel connector as this service uses it: accounts, and the gateway to Amazon. */
export type ChannelPeer = Pick<TellAmazonDeps, 'readAccount' | 'confirmShipment' | 'readOrderOnAmazon'>

/** Ties the clients together. */
export function channelPeer(accounts: AccountServiceClient, gateway: GatewayServiceClient): ChannelPeer {
  return {
    readAccount: (accountId) => readAccount(accounts, accountId),
    confirmShipment: (despatch, signal) => confirmShipment(gateway, despatch, signal),
    readOrderOnAmazon: (despatch, signal) => readOrderOnAmazon(gateway, despatch, signal),
  }
}

async function readAccount(accounts: AccountServiceClient, accountId: string) {
  try {
    const { account } = await call(
      accounts,
      'getAccount',
      { account: accountId },
      { timeoutMs: READ_TIMEOUT_MS, readOnly: true },
    )
    const { settings } = account ?? {}
    return { enabled: settings?.enabled ?? false, despatchNotes: settings?.despatchNotes ?? true }
  } catch (error) {
    if (isServiceError(error) && error.code === status.NOT_FOUND) return undefined
    if (isServiceError(error)) throw new PeerUnavailableError('channel-connector', error)
    throw error
  }
}

async function confirmShipment(
  gateway: GatewayServiceClient,
  despatch: Despatch,
  signal: AbortSignal,
): Promise<ConfirmOutcome> {
  const request = {
    ...amazonCall(despatch, 'confirmShipment'),
    query: [],
    body: confirmShipmentBody(despatch),
  }
  try {
    return readConfirmation(await call(gateway, 'callAmazon', request, { timeoutMs: CALL_TIMEOUT_MS, signal }))
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal) return { kind: 'not_done', ...waitOf(refusal), counts: !isThrottle(error) }
    // The connection to the gateway broke: the call may have gone on without us.
    if (isServiceError(error)) return { kind: 'unknown', detail: `the gateway gave no answer: ${error.details}` }
    throw error
  }
}

async function readOrderOnAmazon(
  gateway: GatewayServiceClient,
  despatch: Despatch,
  signal: AbortSignal,
): Promise<ReadOutcome> {
  const request = {
    ...amazonCall(despatch, 'getOrder'),
    query: [{ name: 'includedData', value: includedData }],
    body: Buffer.alloc(0),
  }
  try {
    return readOrderReply(
      await call(gateway, 'callAmazon', request, { timeoutMs: CALL_TIMEOUT_MS, readOnly: true, signal }),
    )
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal) return { kind: 'not_read', ...waitOf(refusal) }
    if (isServiceError(error))
      return { kind: 'not_read', detail: `the gateway gave no answer: ${error.details}`, retryAt: undefined }
    throw error
  }
}

function amazonCall(despatch: Despatch, operation: string) {
  return {
    accountId: '',
    connectionId: despatch.connectionId,
    operation,
    path: { orderId: despatch.channelOrderId },
    lane: '',
    notAfter: new Date(Date.now() + TOKEN_WAIT_MS),
  }
}

const isThrottle = (error: unknown): boolean => isServiceError(error) && error.code === status.RESOURCE_EXHAUSTED

function waitOf({ message, nextStep, retryAfter }: Refusal): { detail: string; retryAt: Date | undefined } {
  const waitMs = retryAfter ? Number(retryAfter.seconds) * 1000 + retryAfter.nanos / 1_000_000 : undefined
  return {
    detail: `${message}: ${nextStep}`,
    retryAt: waitMs === undefined ? undefined : new Date(Date.now() + waitMs),
  }
}
