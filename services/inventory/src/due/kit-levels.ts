import { setTimeout as delay } from 'node:timers/promises'
import { computeDueKits } from '../commands/compute-due-kits.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'

const lookEveryMs = 100

/** Keeps the levels of kits at what their components make. A look that fails is repeated a second later. */
export function startKitLevels(deps: CommandDeps): AsyncDisposable {
  const stopping = new AbortController()
  const running = run(deps, stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

async function run(deps: CommandDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const waitMs = await look(deps)
    // Ends early when the service stops.
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined)
  }
}

async function look(deps: CommandDeps): Promise<number> {
  try {
    return (await computeDueKits(deps)) > 0 ? 0 : lookEveryMs
  } catch (error) {
    deps.log.warn({ err: error }, 'kits put off')
    return 1_000
  }
}
