import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

import type { Bus } from '@lockstep/bus/connect'
import { startConsumers } from '@lockstep/bus/consumer'
import type { InventoryServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { OrderServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { RefusalError } from '@lockstep/rpc/refusal'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'

import type { CallAmazon } from './commands/read-live.ts'
import { onAvailability } from './consumers/on-availability.ts'
import { onItems } from './consumers/on-items.ts'
import { onOrders } from './consumers/on-orders.ts'
import type { AmazonReply } from './domain/amazon-reply.ts'
import { startFbaStockDue } from './due/fba-stock-due.ts'
import { startFetchLoop } from './due/fetch-loop.ts'
import { startListingSweepDue } from './due/listing-sweep-due.ts'
import { startSkuWatchDue } from './due/sku-watch-due.ts'
import { startPipelineDuties } from './due/pipeline-duties.ts'
import { startPushLoop } from './due/push-loop.ts'
import { getAvailability, getAvailabilityBucket, getAvailabilityDigests } from './peers/availability.ts'
import { hasGoneLive } from './peers/order-sync.ts'
import { observeOldestWaiting } from './pipeline-metrics.ts'
import type { ChannelDb } from './store/database.ts'
import { readOldestWaiting } from './store/sync-counts.ts'

/** What the pipeline works with. */
export interface PipelineDeps {
  db: Kysely<ChannelDb>
  bus: Bus
  log: Logger
  ids: Ids
  /** One call to Amazon, through its buckets. */
  callAmazon: CallAmazon
  inventory: InventoryServiceClient
  orders: OrderServiceClient
  /** Wakes the relay: events were committed. */
  announce(): void
  /** When the application's client secret was issued; undefined when nobody said. */
  secretIssuedAt?: Date | undefined
  /** How often everything stored is compared with inventory. Default 60 000. */
  compareEveryMs?: number
  /** How often every listing is read without a reason. */
  sweepEveryMs: number
  /** How often what Amazon keeps of an account's listings is read. */
  fbaEveryMs: number
  /** How many reads a connection's watch may take in a minute; 0 turns it off. */
  watchReadsPerMinute: number
}

/** The way of a number from availability to Amazon. Disposal takes nothing new on and waits for what has left. */
export interface Pipeline extends AsyncDisposable {
  /** Looks for due work now: call it after a commit that queued a recompute or made something due. */
  poke(): void
  /** One call to Amazon; one that could never leave is an answer like any other. */
  callAmazon: CallAmazon
  /** False while a consumer gets nothing although messages wait. */
  isHealthy(): boolean
}

/** Starts everything between a change of availability and the number seen on Amazon. */
export async function startPipeline(deps: PipelineDeps): Promise<Pipeline> {
  await using stack = new AsyncDisposableStack()
  const process = `${hostname()}:${globalThis.process.pid}:${randomBytes(4).toString('hex')}`
  const callAmazon = neverRefusing(deps.callAmazon)
  const push = stack.use(startPushLoop({ ...deps, callAmazon, process }))
  const inventory = {
    getAvailability: (itemIds: readonly string[], signal: AbortSignal) =>
      getAvailability(deps.inventory, itemIds, signal),
    getDigests: (signal: AbortSignal) => getAvailabilityDigests(deps.inventory, signal),
    getBucket: (bucket: number, signal: AbortSignal) => getAvailabilityBucket(deps.inventory, bucket, signal),
  }
  const poke = () => push.poke()
  const fetching = stack.use(startFetchLoop({ ...deps, inventory, poke }))
  const pokeAll = () => {
    push.poke()
    fetching.poke()
  }
  stack.use(
    await startPipelineDuties({
      ...deps,
      inventory,
      poke,
      hasGoneLive: (accountId, signal) => hasGoneLive(deps.orders, accountId, signal),
      compareEveryMs: deps.compareEveryMs ?? 60_000,
    }),
  )
  stack.use(observeOldestWaiting(() => readOldestWaiting(deps.db)))
  stack.use(startListingSweepDue({ ...deps, callAmazon, poke }))
  stack.use(startFbaStockDue({ ...deps, callAmazon }))
  stack.use(startSkuWatchDue({ ...deps, callAmazon, poke }))
  const consumers = stack.use(await startPipelineConsumers({ ...deps, poke: pokeAll }))
  const running = stack.move()
  return {
    poke: pokeAll,
    callAmazon,
    isHealthy: () => consumers.isHealthy(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function startPipelineConsumers(deps: PipelineDeps & { poke(): void }) {
  const { bus, log } = deps
  await using stack = new AsyncDisposableStack()
  const availability = stack.use(
    await startConsumers({ bus, log, stream: 'inventory', consumers: [onAvailability(deps), onItems(deps)] }),
  )
  const orders = stack.use(await startConsumers({ bus, log, stream: 'orders', consumers: [onOrders(deps)] }))
  const running = stack.move()
  return {
    isHealthy: () => availability.isHealthy() && orders.isHealthy(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** A call that could never leave, such as one for a seller without credentials, is an answer like any other here. */
function neverRefusing(callAmazon: CallAmazon): CallAmazon {
  return async (call) => {
    try {
      return await callAmazon(call)
    } catch (error) {
      if (error instanceof RefusalError) return refusedReply(error)
      throw error
    }
  }
}

function refusedReply(refusal: RefusalError): AmazonReply {
  return {
    status: 0,
    headers: {},
    body: new Uint8Array(),
    outcome: 'not_sent',
    detail: refusal.message,
    nextStep: refusal.nextStep,
    amazonTime: undefined,
  }
}
