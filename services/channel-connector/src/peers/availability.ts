import type { Holds } from '@lockstep/contracts/generated/lockstep/inventory/v1/holds.ts'
import type {
  InventoryServiceClient,
  ItemAvailability,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { call } from '@lockstep/rpc/client'

import type { AvailabilityFigure } from '../store/availability.ts'

const timeoutMs = 10_000

/** A figure as inventory tells it, by event or when asked. */
export function availabilityFigure(
  itemId: string,
  told: { locationId: string; available: bigint; version: bigint; holds?: Holds | undefined },
): AvailabilityFigure {
  const { locationId, available, version, holds } = told
  return {
    itemId,
    locationId,
    available: Number(available),
    version: Number(version),
    holds: holds ? Object.fromEntries(holds.holds.map(({ holdId, units }) => [holdId, Number(units)])) : null,
  }
}

/** Availability of up to 1,000 items in every location that inventory has. Items that it does not know are left out. */
export async function getAvailability(
  client: InventoryServiceClient,
  itemIds: readonly string[],
  signal: AbortSignal,
): Promise<AvailabilityFigure[]> {
  const request = { itemIds: [...itemIds] }
  const { items } = await call(client, 'getAvailability', request, { timeoutMs, signal, readOnly: true })
  return items.flatMap(figuresOf)
}

/** 256 digests over all availability. */
export async function getAvailabilityDigests(client: InventoryServiceClient, signal: AbortSignal): Promise<bigint[]> {
  const { digests } = await call(client, 'getAvailabilityDigests', {}, { timeoutMs, signal, readOnly: true })
  return digests
}

/** Availability of every item whose figures one digest sums up. */
export async function getAvailabilityBucket(
  client: InventoryServiceClient,
  bucket: number,
  signal: AbortSignal,
): Promise<AvailabilityFigure[]> {
  const figures: AvailabilityFigure[] = []
  for (let token = ''; ;) {
    const page = { size: 1000, token }
    const answer = await call(client, 'getAvailabilityBucket', { bucket, page }, { timeoutMs, signal, readOnly: true })
    figures.push(...answer.items.flatMap(figuresOf))
    token = answer.nextPageToken
    if (token === '') return figures
  }
}

function figuresOf({ itemId, locations }: ItemAvailability): AvailabilityFigure[] {
  return locations.map((location) => availabilityFigure(itemId, location))
}
