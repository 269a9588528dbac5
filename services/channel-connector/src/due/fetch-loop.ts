import { backoffMs, jittered, Wakeup } from '@lockstep/postgres/wakeup'

import { type FetchDeps, fetchWanted } from '../commands/fetch-availability.ts'

const pollMs = 1_000

/** Fetches from inventory what a computation found unknown, at once and until it is known. Any number of replicas share the work. */
export function startFetchLoop(deps: FetchDeps): AsyncDisposable & { poke(): void } {
  const wakeup = new Wakeup()
  const stopping = new AbortController()
  const ended = fetchForEver(deps, wakeup, stopping.signal)
  return {
    poke: () => wakeup.poke(),
    async [Symbol.asyncDispose]() {
      stopping.abort(new Error('the process stops'))
      wakeup.poke()
      await ended
    },
  }
}

async function fetchForEver(deps: FetchDeps, wakeup: Wakeup, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      while (!signal.aborted && (await fetchWanted(deps, signal)) > 0) failures = 0
      await wakeup.sleep(jittered(pollMs, 0.2))
    } catch (error) {
      if (signal.aborted) return
      failures += 1
      deps.log.warn({ err: error }, 'fetching availability failed')
      await wakeup.sleep(backoffMs(failures))
    }
  }
}
