import type { Listing } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import {
  type GetStockResponse,
  type Item,
  type Location,
  LocationKind,
  type Movement,
  type StockLevel,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { Cause } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'

import { enumWord, isoTime, jsonNumber, jsonNumberOrNull, textOrNull } from './values.ts'

/** `item` of stock show, items show. */
export const itemShape = (item: Item | undefined) => ({
  id: item?.id ?? null,
  sku: item?.sku ?? null,
  title: item?.title ?? null,
  kit: item?.kit ?? false,
})

/** A location. */
export const locationShape = (location: Location) => ({
  id: location.id,
  name: location.name,
  kind: enumWord(location.kind, 'LOCATION_KIND_'),
  default: location.isDefault,
})

/** A level of stock show. */
export const levelShape = (level: StockLevel) => ({
  id: level.locationId,
  name: level.locationName,
  kind: enumWord(level.locationKind, 'LOCATION_KIND_'),
  on_hand: jsonNumber(level.onHand),
  reserved: jsonNumber(level.reserved),
  held: jsonNumber(level.held),
  available: jsonNumber(level.available),
  version: jsonNumber(level.version),
  figure_at: isoTime(level.figureAt),
  state: levelState(level),
})

/** A shortfall: more has left than was there. Oversold: more is promised than is there. */
function levelState(level: StockLevel): 'ok' | 'oversold' | 'shortfall' {
  if (level.onHand < 0n) return 'shortfall'
  return level.available < 0n ? 'oversold' : 'ok'
}

/** A listing of stock show. */
const stockListingShape = (listing: Listing) => ({
  account: listing.accountId,
  marketplace: listing.marketplace,
  channel_sku: listing.channelSku,
  desired: jsonNumberOrNull(listing.desiredQuantity),
  accepted: jsonNumberOrNull(listing.acceptedQuantity),
  seen: jsonNumberOrNull(listing.seenQuantity),
  state: listing.state,
})

/** stock show. Totals count own locations only; `listings` is null when the connector is down. */
export function stockShape(stock: GetStockResponse, listings: readonly Listing[] | undefined) {
  const own = stock.levels.filter((level) => level.locationKind === LocationKind.OWN)
  const sum = (pick: (level: StockLevel) => bigint): number =>
    jsonNumber(own.reduce((total, level) => total + pick(level), 0n))
  return {
    item: itemShape(stock.item),
    as_of: isoTime(stock.asOf),
    totals: {
      on_hand: sum((level) => level.onHand),
      reserved: sum((level) => level.reserved),
      held: sum((level) => level.held),
      available: sum((level) => level.available),
    },
    locations: stock.levels.map(levelShape),
    listings: listings?.map(stockListingShape) ?? null,
  }
}

/** An entry of stock history. */
export const movementShape = (movement: Movement) => ({
  at: isoTime(movement.at),
  kind: enumWord(movement.kind, 'MOVEMENT_KIND_'),
  location: { id: movement.locationId, name: movement.locationName },
  on_hand_before: jsonNumber(movement.onHandBefore),
  on_hand_change: jsonNumber(movement.onHandChange),
  reserved_before: jsonNumber(movement.reservedAfter - movement.reservedChange),
  reserved_change: jsonNumber(movement.reservedChange),
  held_before: movement.heldAfter === undefined ? null : jsonNumber(movement.heldAfter - movement.heldChange),
  held_change: jsonNumber(movement.heldChange),
  held_after: jsonNumberOrNull(movement.heldAfter),
  on_hand_after: jsonNumber(movement.onHandAfter),
  reserved_after: jsonNumber(movement.reservedAfter),
  version: jsonNumber(movement.version),
  cause: causeShape(movement.cause),
})

/** Why something happened. */
export const causeShape = (cause: Cause | undefined) => ({
  kind: cause?.kind ?? null,
  reference: textOrNull(cause?.reference ?? ''),
  actor: textOrNull(cause?.actor ?? ''),
  note: textOrNull(cause?.note ?? ''),
})
