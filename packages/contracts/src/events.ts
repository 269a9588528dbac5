import { AccountChanged, FbaLevelChanged, ListingEvent } from './generated/lockstep/channel/v1/channel_events.ts'
import { DespatchEvent } from './generated/lockstep/despatch/v1/despatch_events.ts'
import { AvailabilityChanged } from './generated/lockstep/inventory/v1/inventory_events.ts'
import { ItemChanged } from './generated/lockstep/inventory/v1/item_events.ts'
import { ChannelPricesChanged } from './generated/lockstep/inventory/v1/price_events.ts'
import { OrderEvent, PollCompleted } from './generated/lockstep/orders/v1/order_events.ts'
import { ReportEvent } from './generated/lockstep/report/v1/report_events.ts'
import { parseSubject } from './subjects.ts'

/** What the relay and the parked store need of a message: canonical proto3 JSON at rest, protobuf on the wire. */
export interface EventCodec {
  /** The bytes of the message that the JSON describes. */
  bytesFromJson(json: unknown): Uint8Array
  /** The JSON of the message that the bytes describe. Throws on bytes that are no such message. */
  jsonFromBytes(bytes: Uint8Array): unknown
}

interface MessageFunctions<T> {
  encode(message: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
  fromJSON(json: unknown): T
  toJSON(message: T): unknown
}

const codec = <T>(functions: MessageFunctions<T>): EventCodec => ({
  bytesFromJson: (json) => functions.encode(functions.fromJSON(json)).finish(),
  jsonFromBytes: (bytes) => functions.toJSON(functions.decode(bytes)),
})

const codecs: Readonly<Record<string, EventCodec>> = {
  'inventory.availability': codec(AvailabilityChanged),
  'inventory.item': codec(ItemChanged),
  'inventory.price': codec(ChannelPricesChanged),
  'channel.listing': codec(ListingEvent),
  'channel.fba-level': codec(FbaLevelChanged),
  'channel.account': codec(AccountChanged),
  'orders.order': codec(OrderEvent),
  'orders.poll': codec(PollCompleted),
  'report.report': codec(ReportEvent),
  'despatch.despatch': codec(DespatchEvent),
}

/** The message that a subject carries. Throws a TypeError for a subject that is not ours. */
export function codecOf(subject: string): EventCodec {
  const parts = parseSubject(subject)
  const found = parts && codecs[`${parts.owner}.${parts.entity}`]
  if (!found) throw new TypeError(`no event travels on subject "${subject}"`)
  return found
}
