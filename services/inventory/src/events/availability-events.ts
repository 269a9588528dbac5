import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'

/** The outbox id and the subject of one item's event, made before the statement that decides whether the event is written. */
export interface EventAddress {
  eventId: string
  subject: string
}

/** One event per item, however many of its locations change: the same item gets the same address each time it is asked for. */
export function availabilityEvents(ids: Ids): (itemId: string) => EventAddress {
  const addresses = new Map<string, EventAddress>()
  return (itemId) => {
    const known = addresses.get(itemId)
    if (known) return known
    const address = { eventId: ids.next('evt'), subject: subjects.availability.changed(itemId) }
    addresses.set(itemId, address)
    return address
  }
}
