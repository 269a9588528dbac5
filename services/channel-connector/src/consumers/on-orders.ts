import { type BatchConsumer, type BatchEntry, RetryLaterError, UnprocessableMessageError } from '@lockstep/bus/consumer'
import { OrderEvent, PollCompleted } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import { Fulfilment, type Order, OrderState } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { parseSubject, subjects } from '@lockstep/contracts/subjects'

import { type CompletedPoll, takeInOrders, type TakeInOrdersDeps, takeInPoll } from '../commands/take-in-orders.ts'
import type { OrderSales } from '../store/order-sales.ts'

const waitMs = [500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000]

/**
 * Follows what Amazon sold: order snapshots and completed polls by one durable, because a poll speaks of the orders before it.
 * Revisions guard the orders and times the polls: no inbox is needed.
 */
export function onOrders(deps: TakeInOrdersDeps): BatchConsumer<Uint8Array> {
  return {
    durable: 'channel-connector-sales-on-orders',
    filter: subjects.orders.everything,
    maxBatch: 100,
    // On the way to Amazon: a killed worker's messages are with another within ten seconds.
    ackWaitMs: 10_000,
    decode: (data) => data,
    handleBatch: async (entries) => {
      await takeInOrders(deps, entries.filter(isOrder).flatMap(orderSales))
      for (const entry of entries.filter(isPoll)) await handlePoll(deps, entry)
    },
  }
}

async function handlePoll(deps: TakeInOrdersDeps, entry: BatchEntry<Uint8Array>): Promise<void> {
  const taken = await takeInPoll(deps, completedPoll(read(() => PollCompleted.decode(entry.message))))
  if (taken.kind === 'taken') return
  const delayMs = waitMs[Math.min(entry.context.deliveries, waitMs.length) - 1] ?? 60_000
  throw new RetryLaterError(delayMs, `${taken.missing} orders of the poll are not in yet`)
}

const entityOf = (entry: BatchEntry<Uint8Array>) => parseSubject(entry.context.subject)?.entity
const isOrder = (entry: BatchEntry<Uint8Array>) => entityOf(entry) === 'order'
const isPoll = (entry: BatchEntry<Uint8Array>) => entityOf(entry) === 'poll'

/** Bytes that cannot be read stay so, however often they come. */
function read<T>(decode: () => T): T {
  try {
    return decode()
  } catch (error) {
    throw new UnprocessableMessageError('the message cannot be read', { cause: error })
  }
}

function orderSales(entry: BatchEntry<Uint8Array>): OrderSales[] {
  const { order } = read(() => OrderEvent.decode(entry.message))
  if (!order || order.connectionId === '') return []
  return [
    {
      orderId: order.id,
      connectionId: order.connectionId,
      revision: Number(order.revision),
      marketplaceId: order.marketplaceId,
      createdAt: order.createdAt ?? new Date(0),
      lines: isOurs(order) ? order.lines.map((line) => saleOf(order, line)) : [],
    },
  ]
}

/** What Amazon ships itself is sold from another stock. */
function isOurs(order: Order): boolean {
  return order.fulfilledBy !== Fulfilment.AMAZON
}

function saleOf(order: Order, line: Order['lines'][number]): OrderSales['lines'][number] {
  const isPlaced = line.itemId !== '' && line.locationId !== ''
  return {
    orderLineId: line.id,
    channelSku: line.channelSku,
    units: Math.max(0, Number(line.ordered - line.cancelled)),
    // An order from before the go-live, or without a place to reserve in, never moves our availability.
    itemId: order.beforeGoLive || !isPlaced ? '' : line.itemId,
    awaitsPlace: !order.beforeGoLive && !isPlaced && isUnfinished(order),
  }
}

/** Order-download gives a place to the lines of these alone. */
function isUnfinished({ state }: Order): boolean {
  return state === OrderState.OPEN || state === OrderState.PARKED
}

function completedPoll(poll: PollCompleted): CompletedPoll {
  return {
    connectionId: poll.connectionId,
    coveredUntil: read(() => poll.coveredUntil ?? missingBound()),
    accountIds: poll.accountIds,
    orders: poll.orders.map(({ orderId, revision }) => ({ orderId, revision: Number(revision) })),
    wentLiveAccountIds: poll.wentLiveAccountIds,
  }
}

function missingBound(): never {
  throw new TypeError('a completed poll without its bound')
}
