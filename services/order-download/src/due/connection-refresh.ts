import type { Logger } from 'pino'
import { refreshConnections, type RefreshDeps } from '../commands/refresh-connections.ts'

/**
 * Reads the connections now and then, at once at the start: account events are hints, and this finds what they missed.
 * A connector that does not answer is asked again at the next turn; what was learned before stays.
 */
export function startConnectionRefresh(deps: RefreshDeps & { log: Logger; everyMs: number }): AsyncDisposable {
  const stopping = new AbortController()
  const ended = refreshUntil(deps, stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await ended
    },
  }
}

async function refreshUntil(deps: RefreshDeps & { log: Logger; everyMs: number }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let pauseMs = deps.everyMs
    try {
      await refreshConnections(deps, signal)
    } catch (error) {
      if (signal.aborted) return
      deps.log.warn({ err: error }, 'connections could not be read')
      pauseMs = Math.min(pauseMs, 2_000)
    }
    await sleep(pauseMs, signal)
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
