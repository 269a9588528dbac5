import { setTimeout as delay } from 'node:timers/promises'

export interface EventuallyOptions {
  /** How long the assertion may take to hold. Default 45 000. */
  withinMs?: number
  /** The pause between two tries. Default 50. */
  everyMs?: number
}

/**
 * Tries the assertion until it stops throwing and answers what it returned. After the deadline the last error is thrown,
 * with the waiting time in front of its message. A try that never settles counts as failed at the deadline; what the try before it
 * failed with tells more, and is thrown then.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { withinMs = 45_000, everyMs = 50 } = options
  const deadline = performance.now() + withinMs
  let failure: unknown
  for (;;) {
    try {
      return await settled(assertion, deadline - performance.now())
    } catch (error) {
      if (failure === undefined || !(error instanceof UnsettledError)) failure = error
      if (performance.now() + everyMs >= deadline) throw withWaitingTime(failure, withinMs)
    }
    await delay(everyMs)
  }
}

class UnsettledError extends Error {
  override name = 'UnsettledError'
}

async function settled<T>(assertion: () => T | Promise<T>, remainingMs: number): Promise<T> {
  const timer = new AbortController()
  const timeout = delay(Math.max(1, remainingMs), undefined, { signal: timer.signal, ref: true }).then(() => {
    throw new UnsettledError('the last try did not settle')
  })
  // The losing side of the race is aborted below; its rejection is expected and must not surface as unhandled.
  timeout.catch(() => undefined)
  try {
    return await Promise.race([(async () => assertion())(), timeout])
  } finally {
    timer.abort()
  }
}

function withWaitingTime(error: unknown, withinMs: number): Error {
  const failure = error instanceof Error ? error : new Error(String(error))
  failure.message = `not within ${withinMs} ms: ${failure.message}`
  return failure
}
