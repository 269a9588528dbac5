import type { BatchConsumer } from '@lockstep/bus/consumer'
import { ItemChanged } from '@lockstep/contracts/generated/lockstep/inventory/v1/item_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'

import { type LeadTimeChange, takeInLeadTimes } from '../commands/take-in-lead-times.ts'
import { readLeadTimes } from '../domain/product-lead-times.ts'
import type { ChannelDb } from '../store/database.ts'

/** What taking items in works with. */
export interface ItemsDeps {
  db: Kysely<ChannelDb>
  log: Logger
  /** Wakes the push after a commit. */
  poke(): void
}

/** Keeps the days to ship that items bring by their properties. The versions guard it: no inbox is needed. */
export function onItems(deps: ItemsDeps): BatchConsumer<ItemChanged> {
  return {
    durable: 'channel-connector-lead-times-on-item',
    filter: subjects.item.all,
    maxBatch: 200,
    decode: (data) => ItemChanged.decode(data),
    handleBatch: async (entries) => {
      await takeInLeadTimes(
        deps,
        entries.flatMap(({ message }) => leadTimeChange(deps, message)),
      )
    },
  }
}

function leadTimeChange({ log }: ItemsDeps, { item, version, properties, cause }: ItemChanged): LeadTimeChange[] {
  if (!item) return []
  const { forAll, byAccount, bad } = readLeadTimes(properties)
  const names = bad.map(({ name }) => name)
  if (bad.length > 0) log.info({ item_id: item.id, sku: item.sku, properties: names }, 'no lead time of 1 to 30 days')
  return [{ itemId: item.id, version: Number(version), forAll, byAccount, actor: cause?.actor ?? '' }]
}
