import { countKitFailure } from '../metrics.ts'
import {
  computeKitLevels,
  hasKitWork,
  listDueKits,
  makeTouchedKitsDue,
  putKitOff,
  takeDueKits,
  type DueKit,
} from '../store/kit-levels.ts'
import type { CommandDeps } from './stock-transaction.ts'

const kitsAtOnce = 200

/**
 * Computes the kits whose components have changed, however often they did: many in one transaction. Where that fails they are computed one by one, so that the
 * one that cannot be is put off alone. Answers how many were computed.
 */
export async function computeDueKits(deps: CommandDeps): Promise<number> {
  if (!(await hasKitWork(deps.db))) return 0
  await makeTouchedKitsDue(deps.db)
  try {
    return await computeKits(deps, { limit: kitsAtOnce })
  } catch (error) {
    deps.log.warn({ err: error }, 'kits are computed one by one')
    return computeOneByOne(deps)
  }
}

async function computeOneByOne(deps: CommandDeps): Promise<number> {
  let computed = 0
  for (const kitId of await listDueKits(deps.db, kitsAtOnce)) {
    try {
      computed += await computeKits(deps, { limit: 1, only: kitId })
    } catch (error) {
      deps.log.error({ err: error, item_id: kitId }, 'kit could not be computed')
      countKitFailure()
      await putKitOff(deps.db, kitId)
    }
  }
  return computed
}

async function computeKits({ db, ids, relay }: CommandDeps, which: { limit: number; only?: string }): Promise<number> {
  const computed = await db.transaction().execute(async (tx) => {
    const due = await takeDueKits(tx, which)
    // The rows are held by now: what is read from here on is newer than what computed them before.
    await computeKitLevels(tx, ids, due.map(becauseOfComponent))
    return due.length
  })
  if (computed > 0) relay.poke()
  return computed
}

function becauseOfComponent({ kitId, component }: DueKit) {
  const cause = { reference: component ?? '', actor: 'inventory', note: '' }
  return { kitId, kind: 'kit_component_changed' as const, cause }
}
