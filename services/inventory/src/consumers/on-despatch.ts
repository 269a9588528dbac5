import type { Consumer } from '@lockstep/bus/consumer'
import { DespatchEvent } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import { countDespatch } from '../commands/count-despatch.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { countBookMessage } from '../metrics.ts'
import { despatchOf } from './counted-despatch.ts'
import { parkingUnknownPlaces } from './on-order.ts'

/** Counts each despatch once, by its id, whichever of its events comes first: that row is the inbox. */
export function onDespatch(deps: CommandDeps): Consumer<DespatchEvent> {
  return {
    durable: 'inventory-books-on-despatch',
    filter: subjects.despatch.all,
    // On the way to Amazon: a killed worker's messages are with another within ten seconds.
    ackWaitMs: 10_000,
    decode: (data) => DespatchEvent.decode(data),
    async handle(event) {
      const isNew = await parkingUnknownPlaces(() => countDespatch(deps, despatchOf(event)))
      countBookMessage('despatch', isNew ? 'applied' : 'known')
    },
  }
}
