import { expect } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simulatorControl, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { startSimulatorServer } from '@lockstep/amazon-simulator/server'
import { type Bus, connectBus } from '@lockstep/bus/connect'
import { startConsumers } from '@lockstep/bus/consumer'
import { codecOf } from '@lockstep/contracts/events'
import {
  type Account,
  AccountServiceClient,
} from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { GatewayServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import {
  ListingFilter,
  type ListListingsResponse,
  MappingServiceClient,
} from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { ReportEvent } from '@lockstep/contracts/generated/lockstep/report/v1/report_events.ts'
import { type Report, ReportState } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { subjects } from '@lockstep/contracts/subjects'
import { openDatabase } from '@lockstep/postgres/database'
import { call, openClient } from '@lockstep/rpc/client'
import { refusalOf } from '@lockstep/rpc/refusal'
import { Secret } from '@lockstep/settings/load'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { createLogger } from '@lockstep/telemetry/logger'
import { createSuiteBus } from '@lockstep/testkit/suite-bus'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import { eventually } from '@lockstep/testkit/eventually'
import { suiteLog } from '@lockstep/testkit/suite-log'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import { z } from 'zod'
import type { Config } from '../src/config.ts'
import { migrations } from '../src/migrations/all-migrations.ts'
import { startService } from '../src/service.ts'
import type { ChannelDb } from '../src/store/database.ts'
import { type BrokerDoor, brokerDoor } from './broker-door.ts'
import { demoApplication } from './gateway-fixtures.ts'
import { type Peers, startPeers } from './peer-servers.ts'

/** An event as it went over the bus. */
export interface SeenEvent {
  subject: string
  payload: Record<string, unknown>
}

/** The whole service on real servers, with its clients. */
export interface ServiceStage extends AsyncDisposable {
  accounts: AccountServiceClient
  mapping: MappingServiceClient
  gateway: GatewayServiceClient
  peers: Peers
  sim: SimulatorControl
  db: Kysely<ChannelDb>
  door: BrokerDoor
  /** Events of the connector in the order of the stream. */
  events: SeenEvent[]
  address: string
  config: Config
  /** A seller on Amazon with an account here, by default with its token. */
  givenAccount(sellerId: string, more?: { marketplace?: string; token?: string }): Promise<Account>
  /** A listings report with these rows comes in; resolves when they were taken in. */
  givenReport(account: Account, rows: ReportedRow[], more?: Partial<Report>): Promise<void>
  /** Announces a report as the report service does. */
  announceReport(report: Report): Promise<void>
}

/** A row of a listings report. */
export interface ReportedRow {
  sku: string
  title?: string
  channel?: string
  status?: string
  quantity?: string
}

let keys = 0
/** A new idempotency key. */
export const aKey = (): string => `key-${(keys += 1)}`
/** How the tests call. */
export const asking = { timeoutMs: 10_000, actor: 'tester' }

/** The reason, field, value and next step that a call was refused with. */
export async function refusedWith(answer: Promise<unknown>) {
  const error = await answer.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  const refusal = refusalOf(error)
  if (!refusal) throw new Error('the call was not refused', { cause: error })
  return refusal
}

/** Starts everything. */
export async function serviceStage(): Promise<ServiceStage> {
  const stack = new AsyncDisposableStack()
  const simulator = stack.use(await startSimulatorServer({ port: 0 }))
  const suite = stack.use(await createSuiteDatabase({ migrations, name: 'channel-connector' }))
  const suiteBus = stack.use(await createSuiteBus())
  const door = stack.use(await brokerDoor(suiteBus.url))
  const peers = stack.use(await startPeers())
  const db = stack.adopt(openDatabase<ChannelDb>({ url: suite.url, applicationName: 'test' }), (pool) => pool.destroy())
  const config = await testConfig({ simulatorUrl: simulator.url, databaseUrl: suite.url, natsUrl: door.url, peers })
  const log = createLogger('channel-connector', { destination: suiteLog(expect.getState().testPath) })
  const service = stack.use(await startService(config, { log }))
  const address = `127.0.0.1:${service.port}`
  const accounts = stack.adopt(openClient(AccountServiceClient, address), (client) => client.close())
  const mapping = stack.adopt(openClient(MappingServiceClient, address), (client) => client.close())
  const gateway = stack.adopt(openClient(GatewayServiceClient, address), (client) => client.close())
  const bus = stack.use(await connectBus({ url: suiteBus.url, name: 'test', log: pino({ level: 'silent' }) }))
  const events: SeenEvent[] = []
  stack.use(await watchEvents(bus, events))
  const sim = simulatorControl(simulator.url)
  const stage = { accounts, mapping, gateway, peers, sim, db, door, events, address, config }
  return {
    ...stage,
    givenAccount: (sellerId, more) => givenAccount(stage, sellerId, more),
    givenReport: (account, rows, more) => givenReport(stage, bus, { account, rows, more: more ?? {} }),
    announceReport: (report) => announceReport(bus, report),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function testConfig(at: {
  simulatorUrl: string
  databaseUrl: string
  natsUrl: string
  peers: Peers
}): Promise<Config> {
  const keyFile = join(await mkdtemp(join(tmpdir(), 'lockstep-key-')), 'key')
  await writeFile(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 })
  return {
    databaseUrl: at.databaseUrl,
    grpcHost: '127.0.0.1',
    migrateAtStart: true,
    grpcPort: 0,
    natsUrl: at.natsUrl,
    inventoryAddress: at.peers.address,
    ordersAddress: at.peers.address,
    reportAddress: at.peers.address,
    amazon: {
      endpoint: at.simulatorUrl,
      lwaEndpoint: `${at.simulatorUrl}/auth/o2/token`,
      clientId: demoApplication.clientId,
      clientSecret: new Secret(demoApplication.clientSecret),
      applicationId: demoApplication.applicationId,
      secretIssuedAt: undefined,
      redirectUri: 'http://127.0.0.1:7100/amazon/authorised',
      sellerCentral: at.simulatorUrl,
      isDraft: false,
      requestTimeoutMs: 10_000,
      grantedLimits: {},
    },
    keyFile,
    sweepEveryMs: 86_400_000,
    fbaEveryMs: 1_800_000,
    watchReadsPerMinute: 60,
    zerosSharePercent: 10,
    listingsReportEveryMs: 86_400_000,
    apiCallsKeptMs: 86_400_000,
    feedTimings: { pollMs: 200, settleMs: 3_000, planMs: 300 },
  }
}

const Payload = z.record(z.string(), z.unknown())

async function watchEvents(bus: Bus, events: SeenEvent[]): Promise<AsyncDisposable> {
  return startConsumers({
    bus,
    log: pino({ level: 'silent' }),
    stream: 'channel',
    consumers: [
      {
        durable: 'test-watch',
        filter: 'evt.channel.v1.>',
        decode: (data: Uint8Array) => data,
        handle: async (data: Uint8Array, { subject }: { subject: string }) => {
          events.push({ subject, payload: Payload.parse(codecOf(subject).jsonFromBytes(data)) })
        },
      },
    ],
  })
}

async function givenAccount(
  { sim, accounts }: Pick<ServiceStage, 'sim' | 'accounts'>,
  sellerId: string,
  { marketplace = 'UK', token = `Atzr|${sellerId}` }: { marketplace?: string; token?: string } = {},
): Promise<Account> {
  const { id, region } = findMarketplace(marketplace) ?? { id: '', region: 'EU' as const }
  await sim.putSeller({ sellerId, region, marketplaceIds: [id], ...(token !== '' && { refreshToken: token }) })
  const wanted = { idempotencyKey: aKey(), name: '', sellerId, marketplace, refreshToken: token, legacyMws: false }
  const { account } = await call(accounts, 'createAccount', wanted, asking)
  if (!account) throw new Error('no account')
  return account
}

const columns = ['item-name', 'listing-id', 'seller-sku', 'price', 'quantity', 'asin1', 'fulfillment-channel', 'status']
let reports = 0

async function givenReport(
  { peers, mapping }: Pick<ServiceStage, 'peers' | 'mapping'>,
  bus: Bus,
  { account, rows, more }: { account: Account; rows: ReportedRow[]; more: Partial<Report> },
): Promise<void> {
  reports += 1
  // An account with credentials asks for its first report by itself; this one comes after it.
  const asked = await eventually(async () => {
    const { reportAt } = await listOf(mapping, account)
    if (!reportAt) throw new Error('no report was asked for')
    return reportAt
  })
  const now = new Date(Math.max(Date.now(), asked.getTime() + 1))
  const report: Report = {
    id: `rpt_${reports}`,
    accountId: account.id,
    reportType: 'GET_MERCHANT_LISTINGS_ALL_DATA',
    state: ReportState.PROCESSED,
    requestedAt: now,
    stateAt: now,
    rows: BigInt(rows.length),
    rowsWithLostCharacters: 0n,
    reason: '',
    channelReportId: '1',
    nextCheckAt: undefined,
    ...more,
  }
  const cells = rows.map(({ sku, title = sku, channel = 'DEFAULT', status = 'Active', quantity = '1' }) => [
    title,
    '0101ABC',
    sku,
    '9.99',
    quantity,
    'B000000001',
    channel,
    status,
  ])
  peers.documents.set(report.id, { columns, rows: cells })
  await announceReport(bus, report)
  await eventually(async () => {
    const answer = await listOf(mapping, account)
    if (answer.reportState !== 'Processed' || answer.reportAt?.getTime() !== report.stateAt?.getTime()) {
      throw new Error(`the report is ${answer.reportState}`)
    }
  })
}

function listOf(mapping: MappingServiceClient, account: Account): Promise<ListListingsResponse> {
  const page = { account: account.id, filter: ListingFilter.UNSPECIFIED, search: '', page: undefined }
  return call(mapping, 'listListings', page, asking)
}

const verbs = { REPORT_STATE_AVAILABLE: 'available', REPORT_STATE_FAILED: 'failed' } as const

async function announceReport(bus: Bus, report: Report): Promise<void> {
  const verb =
    report.state === ReportState.AVAILABLE || report.state === ReportState.FAILED ? verbs[report.state] : 'processed'
  const event = ReportEvent.encode({ report, at: new Date() }).finish()
  await bus.jetstream.publish(subjects.report[verb](report.accountId, report.id), event)
}
