import { UnprocessableMessageError, type Consumer } from '@lockstep/bus/consumer'
import { ListingEvent } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import { parseSubject, subjects } from '@lockstep/contracts/subjects'
import { stateHold, UnknownHoldPlaceError } from '../commands/state-hold.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { countBookMessage } from '../metrics.ts'
import { holdOf } from './stated-hold.ts'

/** Holds what a channel sold and nobody has downloaded. The version of the statement guards it, so it needs no inbox. */
export function onHold(deps: CommandDeps): Consumer<ListingEvent> {
  return {
    durable: 'inventory-holds-on-listing',
    filter: subjects.listing.all,
    // On the way to Amazon: a killed worker's messages are with another within ten seconds.
    ackWaitMs: 10_000,
    decode: (data) => ListingEvent.decode(data),
    async handle(event, { subject }) {
      const verb = parseSubject(subject)?.verb
      if (verb !== 'held' && verb !== 'released') return
      const isNew = await parkingUnknownPlaces(() => stateHold(deps, holdOf(event)))
      countBookMessage('hold', isNew ? 'applied' : 'known')
    },
  }
}

/** No retry creates an item or a location: such a message waits for a person. */
async function parkingUnknownPlaces<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof UnknownHoldPlaceError) throw new UnprocessableMessageError(error.message, { cause: error })
    throw error
  }
}
