import { failpoint } from '@lockstep/postgres/failpoint'
import { jittered, Wakeup } from '@lockstep/postgres/wakeup'

import { recomputeGroups } from '../commands/recompute-groups.ts'
import { type DueConnection, listDueConnections, lockMarkedGroups } from '../store/due-groups.ts'
import { type PushDeps, PushLine } from './push-lines.ts'

/** How often it looks for what came due by time alone. What changed here or was just committed is told by a poke. */
const pollMs = 250
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
  while (!loop.state.isStopping) {
    try {
      await recomputeMarked(deps, loop.state)
      for (const due of await listDueConnections(deps.db)) lineOf(deps, loop.lines, due).take(due)
      await loop.wakeup.sleep(jittered(pollMs, 0.2))
    } catch (error) {
      deps.log.warn({ err: error }, 'looking for due numbers failed')
      await loop.wakeup.sleep(1_000)
    }
  }
}

function lineOf(deps: PushDeps, lines: Map<string, PushLine>, due: DueConnection): PushLine {
  const line = lines.get(due.connectionId) ?? new PushLine(deps, due)
  lines.set(due.connectionId, line)
  return line
}

/** Computes the groups whose recompute somebody asked for, until none is left. */
async function recomputeMarked(deps: PushDeps, state: { isStopping: boolean }): Promise<void> {
  for (let done = recomputedAtATime; done === recomputedAtATime && !state.isStopping;) {
    done = await deps.db.transaction().execute(async (tx) => {
      const groupIds = await lockMarkedGroups(tx, recomputedAtATime)
      await recomputeGroups(tx, deps, { groupIds, causeOf: () => neverAsked, salesMoved: false })
      return groupIds.length
    })
    if (done > 0) failpoint('recompute:after-commit')
  }
}

const neverAsked = { kind: 'recompute', reference: '', actor: '', note: '' }
