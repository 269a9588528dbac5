import { connectBus } from '@lockstep/bus/connect'
import { startConsumers } from '@lockstep/bus/consumer'
import { startRelay } from '@lockstep/bus/relay'
import { ensureStreams } from '@lockstep/bus/topology'
import { type Clock, systemClock } from '@lockstep/contracts/clock'
import { type Ids, systemIds } from '@lockstep/contracts/ids'
import { AccountServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { GatewayServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { OrderServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { openDatabase } from '@lockstep/postgres/database'
import { startHousekeeping } from '@lockstep/postgres/housekeeping'
import { migrate, waitForSchema } from '@lockstep/postgres/migrate'
import { openClient } from '@lockstep/rpc/client'
import { startServer } from '@lockstep/rpc/server'
import { createLogger } from '@lockstep/telemetry/logger'

import type { Config } from './config.ts'
import { onOrder } from './consumers/on-order.ts'
import { startTellAmazonLoop } from './due/tell-amazon-loop.ts'
import { migrations } from './migrations/all.ts'
import { channelPeer } from './peers/channel-peer.ts'
import { orderReader } from './peers/orders-peer.ts'
import { despatchServiceBinding } from './rpc/despatch-service.ts'
import type { DespatchDb } from './store/database.ts'

/** What tests put in place of the machine's own. */
export interface Overrides {
  readonly clock?: Clock
  readonly ids?: Ids
}

/** A running service. */
export interface DespatchService extends AsyncDisposable {
  readonly port: number
}

/** Starts the service; disposal stops it in the reverse order. */
export async function startService(config: Config, overrides: Overrides = {}): Promise<DespatchService> {
  await using stack = new AsyncDisposableStack()
  const log = createLogger('despatch')
  const clock = overrides.clock ?? systemClock
  const ids = overrides.ids ?? systemIds
  const db = stack.use(openDatabase<DespatchDb>({ url: config.DESPATCH_DATABASE_URL, applicationName: 'despatch' }))
  await (config.MIGRATE_AT_START ? migrate(db, migrations) : waitForSchema(db, Object.keys(migrations)))
  const bus = stack.use(await connectBus({ url: config.NATS_URL, name: 'despatch', log }))
  const relay = stack.use(startRelay({ db, bus, owner: 'despatch', log }))
  const channel = channelPeer(
    closing(stack, openClient(AccountServiceClient, config.CHANNEL_CONNECTOR_ADDRESS)),
    closing(stack, openClient(GatewayServiceClient, config.CHANNEL_CONNECTOR_ADDRESS)),
  )
  const readOrder = orderReader(closing(stack, openClient(OrderServiceClient, config.ORDER_DOWNLOAD_ADDRESS)))
  const loop = stack.use(
    startTellAmazonLoop({
      db,
      log,
      clock,
      ids,
      chance: Math.random,
      confirmAfterMs: config.DESPATCH_CONFIRM_AFTER_MS,
      snapshotMaxAgeMs: config.DESPATCH_SNAPSHOT_MAX_AGE_MS,
      announced: () => relay.poke(),
      ...channel,
    }),
  )
  await ensureStreams(bus, ['despatch', 'orders'])
  stack.use(await startConsumers({ bus, log, stream: 'orders', consumers: [onOrder({ db, clock, ids })] }))
  stack.use(startHousekeeping(db, { log }))
  const recorded = (): void => {
    relay.poke()
    loop.poke()
  }
  const server = stack.use(
    await startServer({
      port: config.DESPATCH_GRPC_PORT,
      host: config.GRPC_HOST,
      services: [despatchServiceBinding({ db, clock, ids, readOrder, readAccount: channel.readAccount, recorded })],
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
