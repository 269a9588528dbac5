import {
  AccountServiceClient,
  ConnectionState,
} from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { GatewayServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { MappingServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import type { Clock } from '@lockstep/contracts/clock'
import { call, openClient } from '@lockstep/rpc/client'
import { callThroughGateway } from '@lockstep/sp-api/gateway'
import { getOrderCall } from '@lockstep/sp-api/orders'
import { readGetOrderReply } from '../amazon/get-order.ts'
import { readSearchReply, searchCallOf } from '../amazon/search-orders.ts'
import type { PageReply } from '../commands/poll-connection.ts'
import type { OrderReply, WantedOrder } from '../commands/refresh-order.ts'
import type { SkuReference } from '../commands/take-in-orders.ts'
import type { PollWindow } from '../domain/poll-window.ts'
import type { ResolvedPlace } from '../domain/take-in.ts'
import type { KnownConnection } from '../store/accounts.ts'

/** How long a page may wait for a token of the bucket; without one by then the poll is planned for later instead. */
const TOKEN_WAIT_MS = 2_000
const REFERENCES_PER_CALL = 1_000
const RETRY_WITHOUT_DELAY_MS = 30_000

/** The channel connector, as far as this service needs it. */
export interface ChannelConnector extends Disposable {
  listConnections(signal?: AbortSignal): Promise<KnownConnection[]>
  resolvePlaces(
    connectionId: string,
    references: SkuReference[],
  ): Promise<(marketplaceId: string, channelSku: string) => ResolvedPlace | undefined>
  searchOrders(connectionId: string, window: PollWindow, signal: AbortSignal): Promise<PageReply>
  getOrder(wanted: WantedOrder, signal: AbortSignal): Promise<OrderReply>
}

/** Opens the clients; nothing connects before the first call. */
export function openChannelConnector(address: string, clock: Clock): ChannelConnector {
  const accounts = openClient(AccountServiceClient, address)
  const mapping = openClient(MappingServiceClient, address)
  const gateway = openClient(GatewayServiceClient, address)
  return {
    listConnections: (signal) => listConnections(accounts, signal),
    resolvePlaces: (connectionId, references) => resolvePlaces(mapping, connectionId, references),
    searchOrders: (connectionId, window, signal) => searchOrders({ gateway, clock }, { connectionId, window, signal }),
    getOrder: (wanted, signal) => getOrder({ gateway, clock }, wanted, signal),
    [Symbol.dispose]() {
      for (const client of [accounts, mapping, gateway]) client.close()
    },
  }
}

async function listConnections(accounts: AccountServiceClient, signal?: AbortSignal): Promise<KnownConnection[]> {
  const { connections } = await call(accounts, 'listConnections', {}, { timeoutMs: 10_000, readOnly: true, signal })
  return connections.map((connection) => ({
    id: connection.id,
    sellerId: connection.sellerId,
    // A connection whose authorisation is gone is still asked now and then: that is how its return is seen.
    canPoll: connection.state !== ConnectionState.NO_CREDENTIALS,
    accounts: connection.accounts.map((account) => ({
      id: account.id,
      name: account.name,
      marketplace: account.marketplace,
      marketplaceId: account.marketplaceId,
      enabled: account.settings?.enabled ?? false,
    })),
  }))
}

async function resolvePlaces(
  mapping: MappingServiceClient,
  connectionId: string,
  references: SkuReference[],
): Promise<(marketplaceId: string, channelSku: string) => ResolvedPlace | undefined> {
  const wanted = [...new Map(references.map((reference) => [keyOf(reference), reference])).values()].filter(
    ({ channelSku, marketplaceId }) => channelSku !== '' && marketplaceId !== '',
  )
  const places = new Map<string, ResolvedPlace>()
  for (let start = 0; start < wanted.length; start += REFERENCES_PER_CALL) {
    const asked = wanted.slice(start, start + REFERENCES_PER_CALL)
    const request = { connectionId, references: asked }
    const { listings } = await call(mapping, 'resolveListings', request, { timeoutMs: 10_000, readOnly: true })
    for (const [index, reference] of asked.entries()) {
      const found = listings[index]
      if (found) places.set(keyOf(reference), placeFrom(found))
    }
  }
  return (marketplaceId, channelSku) => places.get(keyOf({ marketplaceId, channelSku }))
}

function placeFrom(found: {
  listingId: string
  itemId: string
  itemSku: string
  orderLocationId: string
}): ResolvedPlace {
  return {
    listingId: found.listingId || null,
    itemId: found.itemId || null,
    itemSku: found.itemSku || null,
    orderLocationId: found.orderLocationId || null,
  }
}

/** A SKU is byte-exact and may hold anything but a line feed. */
function keyOf({ marketplaceId, channelSku }: SkuReference): string {
  return `${marketplaceId}\n${channelSku}`
}

async function searchOrders(
  { gateway, clock }: { gateway: GatewayServiceClient; clock: Clock },
  { connectionId, window, signal }: { connectionId: string; window: PollWindow; signal: AbortSignal },
): Promise<PageReply> {
  const wanted = { connectionId, call: searchCallOf(window), tokenWaitMs: TOKEN_WAIT_MS, readOnly: true, signal }
  const reply = await callThroughGateway(gateway, wanted)
  switch (reply.kind) {
    case 'answered':
      return readSearchReply(reply, window, clock.now())
    case 'no_token':
      return { kind: 'no_token', retryAfterMs: waitUntil(reply.retryAt), detail: reply.detail }
    case 'refused':
      return { kind: 'denied', maybeDatasets: false, detail: reply.detail }
    case 'lost':
      return { kind: 'failed', detail: reply.detail }
    default:
      return reply satisfies never
  }
}

async function getOrder(
  { gateway, clock }: { gateway: GatewayServiceClient; clock: Clock },
  { connectionId, channelOrderId, includedData }: WantedOrder,
  signal: AbortSignal,
): Promise<OrderReply> {
  const described = getOrderCall(channelOrderId, includedData)
  const wanted = { connectionId, call: described, tokenWaitMs: TOKEN_WAIT_MS, readOnly: true, signal }
  const reply = await callThroughGateway(gateway, wanted)
  switch (reply.kind) {
    case 'answered':
      return readGetOrderReply(reply, clock.now())
    case 'no_token':
      return { kind: 'throttled', retryAfterMs: waitUntil(reply.retryAt), detail: reply.detail }
    case 'refused':
      return { kind: 'denied', detail: reply.detail }
    case 'lost':
      return { kind: 'failed', detail: reply.detail }
    default:
      return reply satisfies never
  }
}

function waitUntil(retryAt: Date | undefined): number {
  return retryAt ? retryAt.getTime() - Date.now() : RETRY_WITHOUT_DELAY_MS
}
