import { connectBus } from '@lockstep/bus/connect'
import { startRelay } from '@lockstep/bus/relay'
import { ensureStreams } from '@lockstep/bus/topology'
import { type Clock, systemClock } from '@lockstep/contracts/clock'
import { type Ids, systemIds } from '@lockstep/contracts/ids'
import { AccountServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { GatewayServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { openDatabase } from '@lockstep/postgres/database'
import { startHousekeeping } from '@lockstep/postgres/housekeeping'
import { migrate, waitForSchema } from '@lockstep/postgres/migrate'
import { openClient } from '@lockstep/rpc/client'
import { startServer } from '@lockstep/rpc/server'
import { createLogger } from '@lockstep/telemetry/logger'
import { Agent } from 'undici'

import { openDocument } from './amazon/download.ts'
import { reportCalls } from './amazon/report-calls.ts'
import type { Config } from './config.ts'
import { startAdvanceLoop } from './due/advance-loop.ts'
import { migrations } from './migrations/all.ts'
import { readAccount } from './peers/channel-peer.ts'
import { reportCheckServiceBinding } from './rpc/report-check-service.ts'
import { reportServiceBinding } from './rpc/report-service.ts'
import type { ReportDb } from './store/database.ts'
import { oldRows } from './store/report-rows.ts'

/** What tests put in place of the machine's own. */
export interface Overrides {
  readonly clock?: Clock
  readonly ids?: Ids
}

/** A running service. */
export interface ReportService extends AsyncDisposable {
  readonly port: number
}

/** Starts the service; disposal stops it in the reverse order. */
export async function startService(config: Config, overrides: Overrides = {}): Promise<ReportService> {
  await using stack = new AsyncDisposableStack()
  const log = createLogger('report')
  const clock = overrides.clock ?? systemClock
  const ids = overrides.ids ?? systemIds
  const db = stack.use(openDatabase<ReportDb>({ url: config.REPORT_DATABASE_URL, applicationName: 'report' }))
  await (config.MIGRATE_AT_START ? migrate(db, migrations) : waitForSchema(db, Object.keys(migrations)))
  const bus = stack.use(await connectBus({ url: config.NATS_URL, name: 'report', log }))
  const relay = stack.use(startRelay({ db, bus, owner: 'report', log }))
  const accounts = closing(stack, openClient(AccountServiceClient, config.CHANNEL_CONNECTOR_ADDRESS))
  const gateway = closing(stack, openClient(GatewayServiceClient, config.CHANNEL_CONNECTOR_ADDRESS))
  const agent = new Agent({ connections: 4 })
  stack.defer(() => agent.close())
  const loop = stack.use(
    startAdvanceLoop({
      db,
      log,
      clock,
      ids,
      shortestCheckMs: config.REPORT_CHECK_INTERVAL_MS,
      announced: () => relay.poke(),
      openDocument: (place, signal) => openDocument(agent, place, signal),
      ...reportCalls(gateway),
    }),
  )
  await ensureStreams(bus, ['report'])
  stack.use(startHousekeeping(db, { log, also: [oldRows] }))
  const server = stack.use(
    await startServer({
      port: config.REPORT_GRPC_PORT,
      host: config.GRPC_HOST,
      services: [
        reportServiceBinding({
          db,
          clock,
          ids,
          readAccount: (accountId) => readAccount(accounts, accountId),
          requested: () => loop.poke(),
        }),
        reportCheckServiceBinding({ db, requested: () => loop.poke() }),
      ],
      log,
    }),
  )
  const owned = stack.move()
  return { port: server.port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function closing<C extends { close(): void }>(stack: AsyncDisposableStack, client: C): C {
  stack.defer(() => client.close())
  return client
}
