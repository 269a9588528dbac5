import type {
  Exposure,
  ListExposureResponse,
  Watch,
} from '@lockstep/contracts/generated/lockstep/channel/v1/exposure_service.ts'

import { isoTime, jsonNumber, jsonNumberOrNull, textOrNull } from './values.ts'

const exposedShape = (one: Exposure) => ({
  listing: one.listingId,
  account: one.accountId,
  marketplace: one.marketplace,
  channel_sku: one.channelSku,
  item: { id: one.itemId, sku: textOrNull(one.itemSku) },
  units_at_risk: one.gate === '' ? one.unitsAtRisk : null,
  gate: textOrNull(one.gate),
  units_per_hour: one.unitsPerHour,
  staleness_seconds: one.stalenessSeconds,
  live: jsonNumberOrNull(one.live),
  read_at: isoTime(one.readAt),
  available: jsonNumberOrNull(one.available),
  offered: jsonNumber(one.offered),
  held: jsonNumber(one.held),
  watched_at: isoTime(one.watchedAt),
})

const watchShape = (watch: Watch) => ({
  connection: watch.connectionId,
  watched: watch.watched,
  reads_in_minute: watch.readsInMinute,
  reads_per_minute: watch.readsPerMinute,
  reads: jsonNumber(watch.reads),
})

/** exposure. */
export const exposureShape = (answer: ListExposureResponse) => ({
  at: isoTime(answer.at),
  exposures: answer.exposures.map(exposedShape),
  watches: answer.watches.map(watchShape),
  next_page_token: textOrNull(answer.nextPageToken),
})
