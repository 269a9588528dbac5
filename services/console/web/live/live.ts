import type { QueryClient } from '@tanstack/react-query'

import type { Hint, LiveStatus } from '../../src/wire/live.ts'
import { keysOf } from './hint-keys.ts'
import { RefetchQueue } from './refetch-queue.ts'

/** `live`: changes show by themselves. `deaf`: the console is there, its broker is not. `away`: the console does not answer. */
export type LiveState = 'connecting' | 'live' | 'deaf' | 'away'

/** The server beats every ten seconds; a stream that is silent for longer is dead, whatever the browser thinks. */
const SILENCE_MS = 25_000
const COME_BACK_MS = 3_000

let state: LiveState = 'connecting'
const listeners = new Set<() => void>()

/** How the live view stands. */
export const liveState = (): LiveState => state

/** Calls back after each change of the state; answers how to stop that. */
export function watchLive(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Listens for changes as long as the page lives, and has read again whatever they concern. */
export function startLive(client: QueryClient): void {
  const queue = new RefetchQueue((keys) => Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey }))))
  connect(queue, false)
}

function connect(queue: RefetchQueue, isReturn: boolean): void {
  const source = new EventSource('/api/events')
  let silence = setTimeout(comeBack, SILENCE_MS)
  let wasLost = isReturn

  function comeBack(): void {
    clearTimeout(silence)
    source.close()
    setState('away')
    setTimeout(() => connect(queue, true), COME_BACK_MS)
  }
  function heard(): void {
    clearTimeout(silence)
    silence = setTimeout(comeBack, SILENCE_MS)
  }

  source.addEventListener('status', (event: MessageEvent<string>) => {
    heard()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own server's event, built from the same types
    const { hearing } = JSON.parse(event.data) as LiveStatus
    setState(hearing ? 'live' : 'deaf')
    // What changed in between was told to nobody.
    if (wasLost) queue.add([[]])
    wasLost = false
  })
  source.addEventListener('hints', (event: MessageEvent<string>) => {
    heard()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    const hints = JSON.parse(event.data) as Hint[]
    queue.add(hints.flatMap(keysOf))
  })
  source.addEventListener('error', () => {
    wasLost = true
    setState('away')
    // The browser comes back by itself from a lost connection, but not from a refusal.
    if (source.readyState === EventSource.CLOSED) comeBack()
  })
}

function setState(next: LiveState): void {
  if (state === next) return
  state = next
  for (const listener of listeners) listener()
}
