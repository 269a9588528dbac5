import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@lockstep/telemetry/logger'
import { countQueueFailure } from '../../../notification-metrics.ts'
import type { NotificationQueue } from './sqs-queue.ts'

/** What reading the queue works with. */
export interface QueueReaderDeps {
  log: Logger
  queue: NotificationQueue
  /** Stores what the messages hint at. When it returns they may be removed. */
  takeIn(bodies: readonly string[]): Promise<number>
  /** New hints are stored. */
  poke(): void
}

const pausesMs = [1_000, 2_000, 5_000, 10_000, 30_000, 60_000]

/**
 * Reads the queue until it is disposed of, one long poll after the other. A message is removed only after what it hints at is stored, so a process that dies
 * between the two leaves it to be received again. A queue that cannot be read is tried again with growing pauses, for ever: nothing depends on it.
 */
export function startQueueReader(deps: QueueReaderDeps): AsyncDisposable {
  const abort = new AbortController()
  const ended = readOn(deps, abort.signal)
  return {
    async [Symbol.asyncDispose]() {
      abort.abort()
      await ended
      deps.queue[Symbol.dispose]()
    },
  }
}

async function readOn(deps: QueueReaderDeps, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      await readOnce(deps, signal)
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      const pauseMs = pausesMs[Math.min(failures, pausesMs.length - 1)] ?? 60_000
      failures += 1
      countQueueFailure()
      deps.log.warn({ err: error, pause_ms: pauseMs }, 'the queue of notifications cannot be read; polling goes on')
      await delay(pauseMs, undefined, { signal }).catch(() => undefined)
    }
  }
}

async function readOnce(deps: QueueReaderDeps, signal: AbortSignal): Promise<void> {
  const messages = await deps.queue.receive(signal)
  if (messages.length === 0) return
  const fresh = await deps.takeIn(messages.map(({ body }) => body))
  if (fresh > 0) deps.poke()
  await deps.queue.remove(messages, signal)
}
