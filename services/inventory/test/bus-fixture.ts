import { connectBus, type Bus } from '@lockstep/bus/connect'
import { ensureStreams } from '@lockstep/bus/topology'
import { codecOf } from '@lockstep/contracts/events'
import { AccountChanged, FbaLevelChanged } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import { DespatchEvent } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_events.ts'
import { AvailabilityChanged } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_events.ts'
import { OrderEvent } from '@lockstep/contracts/generated/lockstep/orders/v1/order_events.ts'
import { Fulfilment } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { streams } from '@lockstep/contracts/streams'
import { subjects } from '@lockstep/contracts/subjects'
import { pino } from 'pino'
import { defaultLocationId } from './inventory-fixture.ts'

/** What other services hear of inventory, and what inventory hears of them, over a real broker. */
export interface Outside extends AsyncDisposable {
  bus: Bus
  /** Every event of inventory so far, in the stream's order. */
  heard: Heard[]
  publish(message: OutsideMessage): Promise<void>
}

export interface Heard {
  messageId: string
  event: AvailabilityChanged
  atMs: number
}

export interface OutsideMessage {
  subject: string
  /** Differs from delivery to delivery when the same event is to arrive several times, whatever the broker recognises. */
  messageId: string
  data: Uint8Array
}

export async function listenOutside(url: string): Promise<Outside> {
  const bus = await connectBus({ url, name: 'outside', log: pino({ level: 'silent' }) })
  await ensureStreams(bus)
  const heard: Heard[] = []
  const consumer = await bus.jetstream.consumers.get(streams.inventory.name)
  const messages = await consumer.consume({
    callback: ({ data, headers }) => {
      const event = AvailabilityChanged.decode(data)
      heard.push({ messageId: headers?.get('Nats-Msg-Id') ?? '', event, atMs: performance.now() })
    },
  })
  return {
    bus,
    heard,
    async publish({ subject, messageId, data }) {
      await bus.jetstream.publish(subject, data, { msgID: messageId })
    },
    async [Symbol.asyncDispose]() {
      await messages.close()
      await bus[Symbol.asyncDispose]()
    },
  }
}

/** The events of one item, without the one of its creation. */
export const eventsAbout = (outside: Outside, itemId: string): AvailabilityChanged[] =>
  outside.heard
    .map(({ event }) => event)
    .filter((event) => event.itemId === itemId && event.cause?.kind !== 'item_created')

export interface OrderGiven {
  orderId: string
  lineId: string
  itemId: string
  revision: number
  ordered: number
  cancelled?: number
  fulfilledOnAmazon?: number
  fulfilledBy?: Fulfilment
  beforeGoLive?: boolean
}

/** An order of one line as order-download announces it. */
export function orderMessage(given: OrderGiven, messageId: string): OutsideMessage {
  const { orderId, lineId, itemId, revision, ordered, cancelled = 0, fulfilledOnAmazon = 0 } = given
  const line = {
    id: lineId,
    itemId,
    locationId: itemId === '' ? '' : defaultLocationId,
    ordered: BigInt(ordered),
    cancelled: BigInt(cancelled),
    fulfilledOnAmazon: BigInt(fulfilledOnAmazon),
  }
  const event = OrderEvent.create({
    order: {
      id: orderId,
      channelOrderId: `202-${orderId}`,
      accountId: 'acc_1',
      revision: BigInt(revision),
      fulfilledBy: given.fulfilledBy ?? Fulfilment.MERCHANT,
      beforeGoLive: given.beforeGoLive ?? false,
      lines: [line],
    },
    at: new Date(),
  })
  const subject = subjects.order[revision === 1 ? 'received' : 'changed']('acc_1', orderId)
  return { subject, messageId, data: encoded(subject, OrderEvent.toJSON(event)) }
}

export interface DespatchGiven {
  despatchId: string
  orderId: string
  lineId: string
  itemId: string
  quantity: number
}

/** One of the events of a despatch of one line. */
export function despatchMessage(
  given: DespatchGiven,
  verb: 'processed' | 'submitted' | 'confirmed' | 'rejected',
  messageId: string,
): OutsideMessage {
  const { despatchId, orderId, lineId, itemId, quantity } = given
  const line = { orderLineId: lineId, itemId, locationId: defaultLocationId, quantity: BigInt(quantity) }
  const event = DespatchEvent.create({
    despatch: { id: despatchId, orderId, channelOrderId: `202-${orderId}`, accountId: 'acc_1', lines: [line] },
    actor: 'ben',
    at: new Date(),
  })
  const subject = subjects.despatch[verb]('acc_1', despatchId)
  return { subject, messageId, data: encoded(subject, DespatchEvent.toJSON(event)) }
}

/** What an account says of itself. */
export function accountMessage(
  given: { accountId: string; name: string; locationIds: string[]; currency: string },
  messageId: string,
): OutsideMessage {
  const { name: accountName, ...told } = given
  const event = AccountChanged.create({ ...told, accountName, enabled: true, at: new Date() })
  const subject = subjects.account.changed(given.accountId)
  return { subject, messageId, data: encoded(subject, AccountChanged.toJSON(event)) }
}

/** What Amazon says it can fulfil. */
export function fbaLevelMessage(
  given: { accountId: string; itemId: string; fulfillable: number; figureAt: Date },
  messageId: string,
): OutsideMessage {
  const { accountId, itemId, fulfillable, figureAt } = given
  const event = FbaLevelChanged.create({ accountId, itemId, fulfillable: BigInt(fulfillable), figureAt })
  const subject = subjects.fbaLevel.changed(accountId, itemId)
  return { subject, messageId, data: encoded(subject, FbaLevelChanged.toJSON(event)) }
}

const encoded = (subject: string, json: unknown): Uint8Array => codecOf(subject).bytesFromJson(json)
