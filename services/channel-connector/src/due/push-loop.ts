import { setTimeout as delay } from 'node:timers/promises'

import { isTransient } from '@lockstep/postgres/errors'
import { failpoint } from '@lockstep/postgres/failpoint'
import { jittered, Wakeup } from '@lockstep/postgres/wakeup'

import { GroupWorkError } from '../commands/claim-groups.ts'
import { recomputeGroups } from '../commands/recompute-groups.ts'
import {
  type DueConnection,
  type FullHands,
  listDueConnections,
  lockMarkedGroups,
  postponeGroups,
} from '../store/due-groups.ts'
import { type PushDeps, PushLine } from './push-lines.ts'

/** How often it looks for what came due by time alone. What changed here or was just committed is told by a poke. */
const pollMs = 250
/** At least so long between two looks: with many connections there is a poke at every turn, and one look serves them all. */
const restMs = 10
const recomputedAtATime = 200

/** The push of one process: computes what was marked, and hands what is due to its connection's line. */
export interface PushLoop extends AsyncDisposable {
  /** Looks now instead of at the next poll: call it after a commit that made something due. */
  poke(): void
}

/** Starts the push. Disposal claims nothing more and waits for what has left. */
export function startPushLoop(deps: Omit<PushDeps, 'poke'>): PushLoop {
  const wakeup = new Wakeup()
  const lines = new Map<string, PushLine>()
  const state = { isStopping: false }
  const pushDeps: PushDeps = { ...deps, poke: () => wakeup.poke() }
  const ended = runForEver(pushDeps, { wakeup, lines, state })
  return {
    poke: () => wakeup.poke(),
    async [Symbol.asyncDispose]() {
      state.isStopping = true
      wakeup.poke()
      await ended
      await Promise.all([...lines.values()].map((line) => line.stop()))
    },
  }
}

async function runForEver(
  deps: PushDeps,
  loop: { wakeup: Wakeup; lines: Map<string, PushLine>; state: { isStopping: boolean } },
): Promise<void> {
  const pace = { oneByOne: 0 }
  while (!loop.state.isStopping) {
    try {
      // A slice at a time: while a hundred thousand numbers are computed, what is urgent still goes out.
      const hasMore = await recomputeMarked(deps, pace)
      for (const due of await listDueConnections(deps.db, fullHands(loop.lines)))
        lineOf(deps, loop.lines, due).take(due)
      if (hasMore) continue
      await delay(restMs)
      await loop.wakeup.sleep(jittered(pollMs, 0.2))
    } catch (error) {
      deps.log.warn({ err: error }, 'looking for due numbers failed')
      await loop.wakeup.sleep(1_000)
    }
  }
}

function fullHands(lines: ReadonlyMap<string, PushLine>): FullHands {
  const hands = [...lines].map(([id, line]) => ({ id, ...line.hands }))
  const those = (kind: keyof FullHands): string[] => hands.filter((line) => line[kind]).map(({ id }) => id)
  return { all: those('all'), writes: those('writes'), ticks: those('ticks') }
}

function lineOf(deps: PushDeps, lines: Map<string, PushLine>, due: DueConnection): PushLine {
  const line = lines.get(due.connectionId) ?? new PushLine(deps, due)
  lines.set(due.connectionId, line)
  return line
}

/** Computes groups whose recompute somebody asked for, and says whether there may be more. After some failed together each is taken alone. */
async function recomputeMarked(deps: PushDeps, pace: { oneByOne: number }): Promise<boolean> {
  const limit = pace.oneByOne > 0 ? 1 : recomputedAtATime
  pace.oneByOne = Math.max(0, pace.oneByOne - 1)
  try {
    return (await recomputeSome(deps, limit)) === limit
  } catch (error) {
    if (!(error instanceof GroupWorkError) || isTransient(error.cause)) throw error
    const [alone, ...others] = error.groupIds
    if (others.length > 0) pace.oneByOne = error.groupIds.length
    else if (alone !== undefined) {
      deps.log.error({ err: error, group_id: alone }, 'a number cannot be computed and is put off')
      await postponeGroups(deps.db, [alone])
    }
    return true
  }
}

async function recomputeSome(deps: PushDeps, limit: number): Promise<number> {
  const groupIds = await deps.db.transaction().execute(async (tx) => {
    const marked = await lockMarkedGroups(tx, limit)
    try {
      await recomputeGroups(tx, deps, { groupIds: marked, causeOf: () => neverAsked, salesMoved: false })
    } catch (error) {
      throw new GroupWorkError(marked, { cause: error })
    }
    return marked
  })
  if (groupIds.length > 0) failpoint('recompute:after-commit')
  return groupIds.length
}

const neverAsked = { kind: 'recompute', reference: '', actor: '', note: '' }
