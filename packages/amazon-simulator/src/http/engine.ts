import { advanceFeeds } from '../core/feeds/feed-queue.ts'
import type { TellTime } from '../core/clock.ts'
import type { World } from '../core/world.ts'
import type { Store } from '../store.ts'

/** The world behind the HTTP server. Everything runs to its end in one go: requests never interleave. */
export interface Engine {
  world: World
  now: TellTime
  clockMode: 'real' | 'virtual'
  /** Moves a virtual clock. */
  advance: ((byMs: number) => void) | undefined
  store: Store | undefined
}

/** Runs a change and writes it to disk before its outcome leaves, whether it returns or throws. */
export function run<Result>(engine: Engine, change: (world: World, now: number) => Result): Result {
  try {
    const now = engine.now()
    advanceFeeds(engine.world, now)
    return change(engine.world, now)
  } finally {
    engine.store?.commit(engine.world)
  }
}
