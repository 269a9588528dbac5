import { status } from '@grpc/grpc-js'
import type { AccountServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import type { GatewayServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { call } from '@lockstep/rpc/client'
import { isServiceError } from '@lockstep/rpc/refusal'

import { confirmShipment } from '../amazon/confirm-shipment.ts'
import { readOrderOnAmazon } from '../amazon/read-order.ts'
import type { TellAmazonDeps } from '../commands/tell-amazon.ts'
import { type AccountRead, PeerUnavailableError } from './peers.ts'

const TIMEOUT_MS = 10_000

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

async function readAccount(accounts: AccountServiceClient, accountId: string): Promise<AccountRead | undefined> {
  try {
    const { account } = await call(
      accounts,
      'getAccount',
      { account: accountId },
      { timeoutMs: TIMEOUT_MS, readOnly: true },
    )
    const { settings } = account ?? {}
    return { enabled: settings?.enabled ?? false, despatchNotes: settings?.despatchNotes ?? true }
  } catch (error) {
    if (isServiceError(error) && error.code === status.NOT_FOUND) return undefined
    if (isServiceError(error)) throw new PeerUnavailableError('channel-connector', error)
    throw error
  }
}
