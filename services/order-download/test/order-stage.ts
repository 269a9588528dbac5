import { simulatorControl, type NewOrder, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { startSimulatorServer } from '@lockstep/amazon-simulator/server'
import { systemClock } from '@lockstep/contracts/clock'
import { systemIds } from '@lockstep/contracts/ids'
import type { ClaimLoop } from '@lockstep/postgres/claim-loop'
import { openDatabase } from '@lockstep/postgres/database'
import { eventually } from '@lockstep/testkit/eventually'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import type { Kysely } from 'kysely'
import { pino } from 'pino'
import { refreshConnections } from '../src/commands/refresh-connections.ts'
import type { RefreshDeps } from '../src/commands/refresh-order.ts'
import { syncOrders, type Synced } from '../src/commands/sync-orders.ts'
import { startPollLoop } from '../src/due/poll-loop.ts'
import { startResolutionLoop } from '../src/due/resolution-loop.ts'
import { migrations } from '../src/migrations/migrations.ts'
import { openChannelConnector } from '../src/peers/channel-connector.ts'
import { findAccount } from '../src/store/accounts.ts'
import type { OrderDownloadDb } from '../src/store/tables.ts'
import { placeOrder, seller, sellTestListings, uk } from './selling.ts'
import { aConnection, startTestConnector, type TestConnector } from './test-connector.ts'

/** Database, simulator and connector with the loops of the service running between them; no broker. */
export interface OrderStage extends AsyncDisposable {
  db: Kysely<OrderDownloadDb>
  amazon: SimulatorControl
  connector: TestConnector
  polls: ClaimLoop
  /** What reading one order out of turn works with. */
  refreshDeps: RefreshDeps
  /** Reads the connections, as the service does every 30 s. */
  refresh(): Promise<void>
  /** Polls the UK account's connection now and answers how it ended. */
  sync(accountId?: string): Promise<Synced>
  /** Places an order of one TEST-1 in the UK, whatever is on sale. */
  order(given?: Partial<NewOrder>): Promise<string>
}

/** Sets the stage with one seller, one listing TEST-1 that is linked, and an account in the UK that has gone live. */
export async function setOrderStage(options: { isLive?: boolean } = {}): Promise<OrderStage> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createSuiteDatabase({ migrations, name: 'orders' }))
  const db = stack.use(openDatabase<OrderDownloadDb>({ url: database.url, applicationName: 'order-download' }))
  const simulator = stack.use(await startSimulatorServer({ port: 0 }))
  const amazon = simulatorControl(simulator.url)
  await sellTestListings(amazon)
  const connector = stack.use(await startTestConnector(simulator.url, `Atzr|${seller}`))
  connector.connections = [aConnection([uk], seller)]
  connector.links.set('TEST-1', 'itm_1')
  const peer = stack.use(openChannelConnector(connector.address, systemClock))
  const log = pino({ level: 'silent' })
  const deps = { db, log, clock: systemClock, ids: systemIds, ...peer }
  const settings = { intervalMs: 300_000, overlapMs: 600_000, firstRunMs: 30 * 86_400_000 }
  const polls = stack.use(startPollLoop({ ...deps, settings }))
  stack.use(startResolutionLoop(deps))
  const owned = stack.move()
  const stage: OrderStage = {
    db,
    amazon,
    connector,
    polls,
    refreshDeps: deps,
    refresh: () => refreshConnections({ ...deps, pokePolls: () => polls.poke() }),
    sync: async (accountId = 'acc_uk') => {
      const account = await findAccount(db, accountId)
      if (!account) throw new Error(`no account ${accountId}`)
      return syncOrders({ db, pokePolls: () => polls.poke() }, account, AbortSignal.timeout(30_000))
    },
    order: (given = {}) => placeOrder(amazon, given),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
  if (options.isLive ?? true) await goLive(stage)
  return stage
}

async function goLive(stage: OrderStage): Promise<void> {
  await stage.refresh()
  await eventually(async () => {
    const account = await findAccount(stage.db, 'acc_uk')
    if (!account?.go_live_at) throw new Error('not live yet')
  })
}
