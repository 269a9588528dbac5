/**
 * Aborted when this process is asked to end: by a signal, or because whoever started it is gone (npm ends without telling its children).
 * The reason says which. A second request ends the process at once; the kernel then ends its children.
 */
export function stopRequest(): AbortSignal {
  const controller = new AbortController()
  const request = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new Error(signal))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request)
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    controller.abort(new Error('whoever started it is gone'))
  }, 500)
  watch.unref()
  return controller.signal
}

/** Settles once the signal is aborted; keeps the process alive until then. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const awake = setInterval(() => undefined, 3_600_000)
    const done = () => {
      clearInterval(awake)
      resolve()
    }
    if (signal.aborted) done()
    else signal.addEventListener('abort', done, { once: true })
  })
}
