import type { BatchConsumer } from '@lockstep/bus/consumer'
import { AvailabilityChanged } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_events.ts'
import { subjects } from '@lockstep/contracts/subjects'

import { availabilityFigure } from '../peers/availability.ts'
import { type ItemChange, takeInAvailability, type TakeInDeps } from '../commands/take-in-availability.ts'

/** Stores what inventory announces and computes what it changes. The versions guard it: no inbox is needed. */
export function onAvailability(deps: TakeInDeps): BatchConsumer<AvailabilityChanged> {
  return {
    durable: 'channel-connector-numbers-on-availability',
    filter: subjects.availability.all,
    maxBatch: 200,
    // On the way to Amazon: a killed worker's messages are with another within ten seconds.
    ackWaitMs: 10_000,
    decode: (data) => AvailabilityChanged.decode(data),
    handleBatch: async (entries) => {
      await takeInAvailability(
        deps,
        entries.map((entry) => itemChange(entry.message, entry.context.traceparent)),
      )
    },
  }
}

function itemChange({ itemId, changes, cause }: AvailabilityChanged, traceparent: string | undefined): ItemChange {
  return {
    itemId,
    figures: changes.map((change) => availabilityFigure(itemId, change)),
    cause: {
      kind: cause?.kind ?? 'availability_changed',
      reference: cause?.reference ?? '',
      actor: cause?.actor ?? '',
      note: cause?.note ?? '',
      ...(traceparent !== undefined && { traceparent }),
    },
  }
}
