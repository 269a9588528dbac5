import type { BatchConsumer } from '@lockstep/bus/consumer'
import { ChannelPricesChanged } from '@lockstep/contracts/generated/lockstep/inventory/v1/price_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import type { Kysely } from 'kysely'

import type { ChannelDb } from '../store/database.ts'
import { type AnnouncedPrice, savePrices } from '../store/price-changes.ts'

/** What taking prices in works with. */
export interface PricesDeps {
  db: Kysely<ChannelDb>
  /** Wakes whoever hands them on. */
  poke(): void
}

/** Keeps the newest channel price of each item and account. The versions guard it: no inbox is needed. */
export function onPrices(deps: PricesDeps): BatchConsumer<ChannelPricesChanged> {
  return {
    durable: 'channel-connector-prices-on-price',
    filter: subjects.price.all,
    maxBatch: 200,
    decode: (data) => ChannelPricesChanged.decode(data),
    handleBatch: async (entries) => {
      const prices = entries.flatMap(({ message }) => message.prices.map(announcedPrice))
      const waiting = await deps.db.transaction().execute((tx) => savePrices(tx, prices))
      if (waiting > 0) deps.poke()
    },
  }
}

function announcedPrice(told: ChannelPricesChanged['prices'][number]): AnnouncedPrice {
  const { accountId, itemId, itemSku, version, price } = told
  const amount = price && { minor: Number(price.minor), currency: price.currency }
  return { accountId, itemId, itemSku, version: Number(version), price: amount }
}
