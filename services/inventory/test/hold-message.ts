import { ListingEvent } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import type { OutsideMessage } from './bus-fixture.ts'
import { defaultLocationId } from './inventory-fixture.ts'

export interface HoldGiven {
  holdId: string
  itemId: string
  version: number
  /** What the level of the SKU fell from and to; left out when it is released. */
  fall?: { from: number; to: number }
}

/** A hold of one SKU as the channel connector states it. */
export function holdMessage({ holdId, itemId, version, fall }: HoldGiven, messageId: string): OutsideMessage {
  const at = new Date()
  const falls = fall
    ? [
        {
          fromAt: new Date(at.getTime() - 60_000),
          fromQuantity: BigInt(fall.from),
          toQuantity: BigInt(fall.to),
          readAt: at,
        },
      ]
    : []
  const event = ListingEvent.fromPartial({
    listingId: 'lst_1',
    accountId: 'acc_1',
    connectionId: 'con_1',
    channelSku: holdId,
    itemId,
    orderLocationId: defaultLocationId,
    cause: { kind: fall ? 'unseen' : 'drift' },
    hold: { holdId, version: BigInt(version), falls },
    at,
  })
  const subject = subjects.listing[fall ? 'held' : 'released']('acc_1', 'lst_1')
  return { subject, messageId, data: ListingEvent.encode(event).finish() }
}
