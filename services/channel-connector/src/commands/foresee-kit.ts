import type { Kysely } from 'kysely'

import { outcomeOf, shapeOf } from '../domain/foreseen-push.ts'
import type { KitConfirmation, ShownKit } from '../domain/kit-change.ts'
import { planChange, type PlannedPush } from '../domain/planned-push.ts'
import { asItIs } from '../domain/suppose-change.ts'
import type { ChannelDb } from '../store/database.ts'
import { findSlowestPatchRate } from '../store/dry-runs.ts'
import { zerosConfirmationOf } from './foresee-change.ts'
import { foreseePush } from './foresee-push.ts'

/** What a change of a kit would send. */
export interface ForeseenKit {
  plan: PlannedPush
  confirmation: KitConfirmation
  zerosConfirmation: string | null
}

/** Works out what listings of every account would be sent if a kit's levels were as inventory says they would be. Reads only. */
export async function foreseeKit(
  { db, zerosSharePercent: sharePercent }: { db: Kysely<ChannelDb>; zerosSharePercent: number },
  shown: ShownKit,
): Promise<ForeseenKit> {
  const { itemId, version, after, levels } = shown
  const places = levels.map(({ locationId, availableAfter }): [string, number] => [locationId, availableAfter])
  const supposed = { ...asItIs, available: new Map([[itemId, new Map(places)]]) }
  const numbers = await foreseePush(db, { kind: 'items', itemIds: [itemId] }, supposed)
  const about = JSON.stringify([itemId, version, after.map((part) => [part.itemId, part.quantity])])
  const [outcome, shape] = [outcomeOf(about, numbers), shapeOf(about, numbers)]
  const plan = planChange(numbers, new Map(), await findSlowestPatchRate(db, itemId))
  const zerosConfirmation = await zerosConfirmationOf(db, { ...plan, shape, sharePercent })
  return { plan, confirmation: { version, outcome, shape }, zerosConfirmation }
}
