import type { Logger } from '@lockstep/telemetry/logger'

import { countRepaired } from '../pipeline-metrics.ts'
import {
  type AvailabilityFigure,
  availabilityDigests,
  dropWantedItems,
  newerThanStored,
  takeWantedItems,
} from '../store/availability.ts'
import { type ItemChange, takeInAvailability, type TakeInDeps } from './take-in-availability.ts'

/** What fetching works with. */
export interface FetchDeps extends TakeInDeps {
  log: Logger
  inventory: AvailabilitySource
}

/** Inventory, as far as it tells availability. */
export interface AvailabilitySource {
  getAvailability(itemIds: readonly string[], signal: AbortSignal): Promise<AvailabilityFigure[]>
  getDigests(signal: AbortSignal): Promise<bigint[]>
  getBucket(bucket: number, signal: AbortSignal): Promise<AvailabilityFigure[]>
}

const itemsAtATime = 1000

/** Fetches the figures that a new link, mapping or location asks for. Answers how many items were asked about. */
export async function fetchWanted(deps: FetchDeps, signal: AbortSignal): Promise<number> {
  const itemIds = await takeWantedItems(deps.db, itemsAtATime)
  if (itemIds.length === 0) return 0
  const figures = await deps.inventory.getAvailability(itemIds, signal)
  await takeInAvailability(deps, changesOf(figures, 'availability_fetched'))
  // After taking in, because a place that inventory does not know is wanted again by every computation.
  const known = [...new Set(figures.map((figure) => figure.itemId))]
  await deps.db.transaction().execute((tx) => dropWantedItems(tx, known))
  return itemIds.length
}

/** Fetches the figures of these items, at most 1,000, whether anything is linked to them or not. */
export async function fetchItems(
  deps: TakeInDeps & { inventory: Pick<AvailabilitySource, 'getAvailability'> },
  itemIds: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (itemIds.length === 0) return
  const figures = await deps.inventory.getAvailability([...new Set(itemIds)], signal)
  await takeInAvailability(deps, changesOf(figures, 'availability_fetched'))
}

/** Under a steady stream of changes every bucket differs by what is on its way: only so many are looked into at a time. */
const bucketsAtATime = 32

/**
 * Compares everything stored with inventory and takes in what no event brought. What differs may only be on its way, so it is looked at a second
 * time after `settle`: an event that has not arrived by then is lost. Answers how many figures were repaired.
 */
export async function repairAvailability(
  deps: FetchDeps,
  { settle, signal, round }: { settle: () => Promise<void>; signal: AbortSignal; round: number },
): Promise<number> {
  const theirs = await deps.inventory.getDigests(signal)
  const ours = await availabilityDigests(deps.db)
  const differing = theirs.flatMap((digest, bucket) => (digest === ours[bucket] ? [] : [bucket]))
  if (differing.length === 0) return 0

  const suspects: AvailabilityFigure[] = []
  for (const bucket of inTurn(differing, round)) {
    suspects.push(...(await newerThanStored(deps.db, await deps.inventory.getBucket(bucket, signal))))
  }
  if (suspects.length === 0) return 0
  await settle()
  const missing = await newerThanStored(deps.db, suspects)
  if (missing.length === 0) return 0
  await takeInAvailability(deps, changesOf(missing, 'availability_repaired'))
  countRepaired(missing.length)
  deps.log.warn({ figures: missing.length }, 'availability repaired that no event had brought')
  return missing.length
}

function inTurn(buckets: readonly number[], round: number): number[] {
  if (buckets.length <= bucketsAtATime) return [...buckets]
  const first = (round * bucketsAtATime) % buckets.length
  return [...buckets.slice(first), ...buckets.slice(0, first)].slice(0, bucketsAtATime)
}

function changesOf(figures: readonly AvailabilityFigure[], kind: string): ItemChange[] {
  const cause = { kind, reference: '', actor: 'channel-connector', note: '' }
  return [...Map.groupBy(figures, (figure) => figure.itemId)].map(([itemId, own]) => ({ itemId, figures: own, cause }))
}
