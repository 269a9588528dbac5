import { UnprocessableMessageError } from '@lockstep/bus/consumer'
import type { ListingEvent } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import type { LevelFall } from '@lockstep/contracts/generated/lockstep/channel/v1/hold_events.ts'
import type { HoldStatement } from '../domain/holds.ts'
import type { CauseDetail, MoveKind } from '../domain/stock.ts'
import { placeOf, unitsOf } from './message-fields.ts'

const mostFalls = 1_000

/** What a listing's event says about a hold, and how the ledger tells it to people. Throws for an event that no retry makes readable. */
export function holdOf({ hold, cause, ...event }: ListingEvent): {
  statement: HoldStatement
  kind: MoveKind
  cause: CauseDetail
} {
  if (!hold?.holdId || !event.connectionId) throw new UnprocessableMessageError('the event holds no hold of a SKU')
  if (hold.falls.length > mostFalls) throw new UnprocessableMessageError(`the hold has ${hold.falls.length} falls`)
  const falls = hold.falls.map(fallOf)
  const statement = {
    holdId: hold.holdId,
    version: unitsOf('version', hold.version),
    connectionId: event.connectionId,
    channelSku: event.channelSku,
    place: falls.length === 0 ? undefined : placeOf(event.itemId, event.orderLocationId),
    falls,
  }
  return {
    statement,
    kind: kinds[cause?.kind ?? ''] ?? 'held',
    cause: { reference: hold.holdId, actor: cause?.actor || 'channel-connector', note: cause?.note ?? '' },
  }
}

/** How the ledger calls what the channel says. */
const kinds: Readonly<Record<string, MoveKind>> = {
  unseen: 'held',
  moved: 'hold_moved',
  explained: 'hold_explained',
  drift: 'hold_drifted',
}

function fallOf({ fromAt, readAt, fromQuantity, usedUnits, toQuantity }: LevelFall): HoldStatement['falls'][number] {
  if (!fromAt || !readAt) throw new UnprocessableMessageError('a fall of the hold has no time')
  return {
    from: {
      at: fromAt.getTime(),
      quantity: unitsOf('from_quantity', fromQuantity),
      usedUnits: unitsOf('used_units', usedUnits),
    },
    to: unitsOf('to_quantity', toQuantity),
    readAt: readAt.getTime(),
  }
}
