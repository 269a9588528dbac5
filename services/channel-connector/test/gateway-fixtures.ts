import { randomBytes } from 'node:crypto'
import { simulatorControl, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { startSimulatorServer } from '@lockstep/amazon-simulator/server'
import { systemIds } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { Secret } from '@lockstep/settings/load'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import { openGateway } from '../src/channels/amazon/open-gateway.ts'
import type { AmazonCall, CallAmazonDeps } from '../src/commands/call-amazon.ts'
import { createAccount } from '../src/commands/create-account.ts'
import { migrations } from '../src/migrations/all-migrations.ts'
import type { Account } from '../src/store/accounts.ts'
import type { ChannelDb } from '../src/store/database.ts'
import { sealingKeys } from '../src/store/sealing.ts'

/** What the simulator takes the login of. */
export const demoApplication = {
  clientId: 'amzn1.application-oa2-client.lockstep-demo',
  clientSecret: 'lockstep-demo-secret',
  applicationId: 'amzn1.sp.solution.lockstep-demo',
}

/** A simulator, a database and any number of gateways on it. */
export interface GatewayStage extends AsyncDisposable {
  sim: SimulatorControl
  db: Kysely<ChannelDb>
  keys: ReturnType<typeof sealingKeys>
  /** What another process needs to open a gateway of its own. */
  elsewhere: { databaseUrl: string; simulatorUrl: string; key: string }
  /** One more process's gateway. */
  openGateway(more?: { clientSecret?: string; requestTimeoutMs?: number }): CallAmazonDeps
  /** A seller on Amazon with an account here. */
  givenAccount(sellerId: string, more?: { token?: string; marketplace?: string }): Promise<Account>
}

/** Starts a simulator and makes a database for one suite. */
export async function gatewayStage(): Promise<GatewayStage> {
  await using stack = new AsyncDisposableStack()
  const simulator = stack.use(await startSimulatorServer({ port: 0 }))
  const suite = stack.use(await createSuiteDatabase({ migrations, name: 'channel-connector' }))
  const db = stack.adopt(
    openDatabase<ChannelDb>({ url: suite.url, applicationName: 'test', maxConnections: 8 }),
    (pool) => pool.destroy(),
  )
  const key = randomBytes(32)
  const keys = sealingKeys([key])
  const elsewhere = { databaseUrl: suite.url, simulatorUrl: simulator.url, key: key.toString('base64') }
  const sim = simulatorControl(simulator.url)
  await sim.changeSettings({ lwaClients: { [demoApplication.clientId]: demoApplication.clientSecret } })
  const log = pino({ level: 'silent' })
  const gateways = stack.use(new AsyncDisposableStack())

  const open: GatewayStage['openGateway'] = ({ clientSecret, requestTimeoutMs = 10_000 } = {}) => {
    const settings = {
      endpoint: simulator.url,
      lwaEndpoint: `${simulator.url}/auth/o2/token`,
      clientId: demoApplication.clientId,
      clientSecret: new Secret(clientSecret ?? demoApplication.clientSecret),
      requestTimeoutMs,
    }
    return gateways.use(openGateway({ db, log, keys, amazon: settings, apiCallsKeptMs: 86_400_000 }))
  }
  const givenAccount: GatewayStage['givenAccount'] = async (sellerId, { token, marketplace = 'UK' } = {}) => {
    const { id, region } = findMarketplace(marketplace) ?? { id: '', region: 'EU' as const }
    const refreshToken = token ?? `Atzr|${sellerId}`
    await sim.putSeller({ sellerId, region, marketplaceIds: [id], ...(refreshToken !== '' && { refreshToken }) })
    const command = { name: '', sellerId, marketplace, refreshToken }
    const deps = { ids: systemIds, keys, application: demoApplication.applicationId }
    return db.transaction().execute((tx) => createAccount(tx, deps, command))
  }
  const owned = stack.move()
  return {
    sim,
    db,
    keys,
    elsewhere,
    openGateway: open,
    givenAccount,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** A call with everything that matters not filled in. */
export function aCall(account: Account, more: Partial<AmazonCall> = {}): AmazonCall {
  return {
    connectionId: account.connectionId,
    operation: 'getListingsItem',
    path: { sellerId: account.sellerId, sku: 'SKU-1' },
    query: [
      ['marketplaceIds', account.marketplaceId],
      ['includedData', 'summaries,fulfillmentAvailability'],
    ],
    body: new Uint8Array(),
    notAfter: new Date(Date.now() + 20_000),
    signal: new AbortController().signal,
    ...more,
  }
}
