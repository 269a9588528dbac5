import { setTimeout as delay } from 'node:timers/promises'

import { jittered, Wakeup } from '@lockstep/postgres/wakeup'

import { type DueConnection, type FullHands, listDueConnections } from '../store/due-groups.ts'
import { type PushDeps, PushLine } from './push-lines.ts'
import { startRecomputeLoop } from './recompute-loop.ts'

/** How often it looks for what came due by time alone. What changed here or was just committed is told by a poke. */
const pollMs = 250
/** At least so long between two looks: with many connections there is a poke at every turn, and one look serves them all. */
const restMs = 10

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
  // On its own: while a hundred thousand numbers are computed, what is due still goes out.
  const computing = startRecomputeLoop(pushDeps)
  const ended = runForEver(pushDeps, { wakeup, lines, state })
  return {
    poke() {
      computing.poke()
      wakeup.poke()
    },
    async [Symbol.asyncDispose]() {
      state.isStopping = true
      wakeup.poke()
      await Promise.all([computing[Symbol.asyncDispose](), ended])
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
      for (const due of await listDueConnections(deps.db, fullHands(loop.lines)))
        lineOf(deps, loop.lines, due).take(due)
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
