import type { PriceChange } from '@lockstep/contracts/generated/lockstep/channel/v1/price_change_service.ts'
import type { ChannelPrice } from '@lockstep/contracts/generated/lockstep/inventory/v1/price_service.ts'

import { isoTime, jsonNumber, moneyShape, textOrNull } from './values.ts'

/** A price of prices list. */
export const channelPriceShape = (price: ChannelPrice) => ({
  item: { id: price.itemId, sku: price.itemSku },
  account: price.accountId,
  price: moneyShape(price.price),
  version: jsonNumber(price.version),
  changed_at: isoTime(price.changedAt),
  actor: price.actor,
})

/** A change of prices status. */
export const priceChangeShape = (change: PriceChange) => ({
  item: change.itemId,
  sku: textOrNull(change.itemSku),
  price: moneyShape(change.price),
  version: jsonNumber(change.version),
  state: change.state,
  detail: textOrNull(change.detail),
  job: textOrNull(change.jobId),
  state_at: isoTime(change.stateAt),
})
