import { Wakeup } from '@lockstep/postgres/wakeup'
import type { Logger } from 'pino'
import { refreshConnections, type RefreshDeps } from '../commands/refresh-connections.ts'

/** A running refresh. Disposal ends the call it is in. */
export interface ConnectionRefresh extends AsyncDisposable {
  /** Reads the connections now: call it when an account is said to have changed. */
  poke(): void
}

const RETRY_MS = 2_000

/**
 * Reads the connections now and then, at once at the start: account events are hints, and this finds what they missed.
 * A connector that does not answer is asked again soon; what was learned before stays.
 */
export function startConnectionRefresh(deps: RefreshDeps & { log: Logger; everyMs: number }): ConnectionRefresh {
  const stopping = new AbortController()
  const wakeup = new Wakeup()
  const ended = refreshUntil(deps, wakeup, stopping.signal)
  return {
    poke: () => wakeup.poke(),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      wakeup.poke()
      await ended
    },
  }
}

async function refreshUntil(
  deps: RefreshDeps & { log: Logger; everyMs: number },
  wakeup: Wakeup,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const isRead = await refreshOnce(deps, signal)
    if (!signal.aborted) await wakeup.sleep(isRead ? deps.everyMs : Math.min(RETRY_MS, deps.everyMs))
  }
}

async function refreshOnce(deps: RefreshDeps & { log: Logger }, signal: AbortSignal): Promise<boolean> {
  try {
    await refreshConnections(deps, signal)
    return true
  } catch (error) {
    if (!signal.aborted) deps.log.warn({ err: error }, 'connections could not be read')
    return false
  }
}
