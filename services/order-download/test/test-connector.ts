import {
  AccountServiceService,
  ConnectionState,
  type Account,
  type Connection,
} from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import {
  GatewayServiceService,
  type CallAmazonRequest,
  type CallAmazonResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import {
  MappingServiceService,
  type ResolveListingsRequest,
} from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { channelReasons } from '@lockstep/contracts/reasons'
import { unary } from '@lockstep/rpc/handler'
import { refusal } from '@lockstep/rpc/refusal'
import { startServer } from '@lockstep/rpc/server'
import { pino } from 'pino'
import { simulatedGateway } from './simulated-gateway.ts'

export interface TestConnector extends AsyncDisposable {
  address: string
  /** What ListConnections answers; change it as accounts come and go. */
  connections: Connection[]
  /** The item of each linked SKU. */
  links: Map<string, string>
  /** Whether ResolveListings answers. */
  canResolve: boolean
  resolveCalls: ResolveListingsRequest[]
  /** Awaited before each ResolveListings is answered. */
  beforeResolve: () => Promise<void>
  amazonCalls: CallAmazonRequest[]
  /** Answers the next calls to Amazon with "no token" and this delay, as an empty bucket does. */
  noTokenForMs: number | undefined
  /** Awaited before each call to Amazon with its number, from 1. */
  beforeCall: (number: number) => Promise<void>
  /** Changes Amazon's answer on its way, as Amazon might change it tomorrow. */
  rewrite: (body: string) => string
}

/** The gateway, mapping and account services over real gRPC; every call to Amazon goes to the simulator over HTTP. */
export async function startTestConnector(simulatorUrl: string, refreshToken: string): Promise<TestConnector> {
  const callAmazon = simulatedGateway(simulatorUrl, refreshToken)
  const state = {
    connections: [] as Connection[],
    links: new Map<string, string>(),
    canResolve: true,
    resolveCalls: [] as ResolveListingsRequest[],
    beforeResolve: async (): Promise<void> => undefined,
    amazonCalls: [] as CallAmazonRequest[],
    noTokenForMs: undefined as number | undefined,
    beforeCall: async (_number: number): Promise<void> => undefined,
    rewrite: (body: string): string => body,
  }
  const server = await startServer({
    port: 0,
    log: pino({ level: 'silent' }),
    services: [
      {
        definition: AccountServiceService,
        implementation: { listConnections: unary(async () => ({ connections: state.connections })) },
      },
      {
        definition: MappingServiceService,
        implementation: {
          resolveListings: unary(async (request: ResolveListingsRequest) => {
            state.resolveCalls.push(request)
            await state.beforeResolve()
            if (!state.canResolve) throw new Error('the mapping is not to be had')
            return { listings: request.references.map(({ channelSku }) => resolved(channelSku, state.links)) }
          }),
        },
      },
      {
        definition: GatewayServiceService,
        implementation: {
          callAmazon: unary(async (request: CallAmazonRequest) => {
            state.amazonCalls.push(request)
            await state.beforeCall(state.amazonCalls.length)
            if (state.noTokenForMs === undefined) return rewritten(await callAmazon(request), state.rewrite)
            const facts = { message: 'no token before the deadline', retryAfterMs: state.noTokenForMs }
            throw refusal(channelReasons, 'NO_TOKEN', facts)
          }),
        },
      },
    ],
  })
  return Object.assign(state, {
    address: `127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  })
}

function rewritten(answer: CallAmazonResponse, rewrite: (body: string) => string): CallAmazonResponse {
  return { ...answer, body: Buffer.from(rewrite(answer.body.toString())) }
}

function resolved(channelSku: string, links: Map<string, string>) {
  const itemId = links.get(channelSku)
  return {
    accountId: 'acc_uk',
    listingId: itemId ? `lst_${itemId}` : '',
    itemId: itemId ?? '',
    itemSku: itemId ? channelSku : '',
    orderLocationId: 'loc_default',
  }
}

/** A connection with enabled accounts in these marketplaces. */
export function aConnection(
  accounts: Pick<Account, 'id' | 'marketplace' | 'marketplaceId'>[],
  sellerId: string,
): Connection {
  return {
    id: 'con_eu',
    sellerId,
    region: 'EU',
    state: ConnectionState.CONNECTED,
    accounts: accounts.map((account) => anAccount(account, sellerId)),
  }
}

function anAccount(account: Pick<Account, 'id' | 'marketplace' | 'marketplaceId'>, sellerId: string): Account {
  return {
    ...account,
    name: `${sellerId}-${account.marketplace}`,
    connectionId: 'con_eu',
    sellerId,
    region: 'EU',
    settings: {
      enabled: true,
      updateInventory: false,
      channelSpecificStock: true,
      despatchNotes: true,
      productLeadTimes: false,
    },
    locationIds: ['loc_default'],
    orderLocationId: 'loc_default',
    connectionState: ConnectionState.CONNECTED,
    pausedAt: undefined,
    pausedHard: false,
    createdAt: undefined,
    inventorySyncedAt: undefined,
    connectionDetail: '',
    api: 'SP-API',
    authorisedAt: undefined,
    consentExpiresAt: undefined,
    secretExpiresAt: undefined,
    currency: 'GBP',
    settingsVersion: 1,
  }
}
