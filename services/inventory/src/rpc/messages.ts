import type { LineRefusal } from '@lockstep/contracts/generated/lockstep/rpc/v1/refusal.ts'
import type { Holds } from '@lockstep/contracts/generated/lockstep/inventory/v1/holds.ts'
import type { Cause as CauseMessage, PageRequest } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'
import {
  LocationKind as LocationKindMessage,
  MovementKind as MovementKindMessage,
  type ItemAvailability as ItemAvailabilityMessage,
  type Location as LocationMessage,
  type Movement as MovementMessage,
  type StockLevel as StockLevelMessage,
  type StockLineResult as StockLineResultMessage,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { StockLineResult } from '../commands/write-stock-lines.ts'
import type { MovementKind } from '../domain/movement-kinds.ts'
import { lineNumber, type LineRefused } from '../domain/refusal.ts'
import type { Location, LocationKind, StockLevel } from '../domain/stock.ts'
import type { ItemAvailability } from '../queries/availability.ts'
import type { Movement } from '../queries/list-movements.ts'
import type { AskedPage } from '../queries/page.ts'

const kinds = {
  own: LocationKindMessage.OWN,
  third_party: LocationKindMessage.THIRD_PARTY,
  fba: LocationKindMessage.FBA,
} as const satisfies Record<LocationKind, LocationKindMessage>

/** Undefined for a kind that this release does not know. */
export function locationKindOf(message: LocationKindMessage): LocationKind | undefined {
  switch (message) {
    case LocationKindMessage.UNSPECIFIED:
    case LocationKindMessage.OWN:
      return 'own'
    case LocationKindMessage.THIRD_PARTY:
      return 'third_party'
    case LocationKindMessage.FBA:
      return 'fba'
    case LocationKindMessage.UNRECOGNIZED:
      return undefined
    default:
      return message satisfies never
  }
}

export function locationMessage(location: Location): LocationMessage {
  return { ...location, kind: kinds[location.kind] }
}

export function levelMessage(level: StockLevel): StockLevelMessage {
  return {
    itemId: level.itemId,
    locationId: level.locationId,
    locationName: level.locationName,
    locationKind: kinds[level.locationKind],
    onHand: BigInt(level.onHand),
    reserved: BigInt(level.reserved),
    held: BigInt(level.held),
    available: BigInt(level.available),
    version: BigInt(level.version),
    figureAt: level.figureAt ?? undefined,
  }
}

export function lineResultMessage(result: StockLineResult): StockLineResultMessage {
  if ('level' in result) return { level: levelMessage(result.level), refusal: undefined }
  return { level: undefined, refusal: lineRefusalMessage(result.refusal) }
}

export function lineRefusalMessage(refusal: LineRefused): LineRefusal {
  const { index, item, reason, message, field, value } = refusal
  return { index, line: lineNumber(index), item, reason, message, field, value }
}

const movementKinds = {
  adjustment: MovementKindMessage.ADJUSTMENT,
  receipt: MovementKindMessage.RECEIPT,
  despatch: MovementKindMessage.DESPATCH,
  return: MovementKindMessage.RETURN,
  transfer: MovementKindMessage.TRANSFER,
  correction: MovementKindMessage.CORRECTION,
  promise: MovementKindMessage.PROMISE,
} as const satisfies Record<MovementKind, MovementKindMessage>

export function movementMessage(movement: Movement): MovementMessage {
  return {
    at: movement.at,
    kind: movementKinds[movement.kind],
    locationId: movement.locationId,
    locationName: movement.locationName,
    onHandChange: BigInt(movement.onHandChange),
    reservedChange: BigInt(movement.reservedChange),
    heldChange: BigInt(movement.heldChange),
    onHandBefore: BigInt(movement.onHandBefore),
    onHandAfter: BigInt(movement.onHandAfter),
    reservedAfter: BigInt(movement.reservedAfter),
    heldAfter: movement.heldAfter === null ? undefined : BigInt(movement.heldAfter),
    version: BigInt(movement.version),
    cause: causeMessage(movement.cause),
  }
}

/** Canonical JSON leaves out what is empty. */
export function causeMessage({
  kind = '',
  reference = '',
  actor = '',
  note = '',
}: Partial<CauseMessage>): CauseMessage {
  return { kind, reference, actor, note }
}

export function availabilityMessage(item: ItemAvailability): ItemAvailabilityMessage {
  const locations = item.locations.map(({ locationId, available, version, holds }) => {
    return { locationId, available: BigInt(available), version: BigInt(version), holds: holdsMessage(holds) }
  })
  return { itemId: item.itemId, itemSku: item.itemSku, locations }
}

function holdsMessage(holds: Record<string, number> | undefined): Holds | undefined {
  if (!holds) return undefined
  return { holds: Object.entries(holds).map(([holdId, units]) => ({ holdId, units: BigInt(units) })) }
}

export function askedPage(page: PageRequest | undefined): AskedPage {
  return page ?? { size: 0, token: '' }
}
