/**
 * What must be stopped after everything else of the process. Module state on purpose: `register.ts` runs before the program and the program
 * cannot be handed its result.
 */
const closers: (() => Promise<void>)[] = []

/** Registers something to be stopped by `stopTelemetry`. */
export function onTelemetryStop(stop: () => Promise<void>): void {
  closers.push(stop)
}

/**
 * Flushes spans and closes the metrics port. Called after the service's own disposal: the metrics server otherwise keeps the process alive
 * for as long as a scraper holds its connection open. Never throws, never takes longer than `withinMs`.
 */
export async function stopTelemetry(withinMs = 3_000): Promise<void> {
  const stopping = Promise.allSettled(closers.splice(0).map((stop) => stop()))
  await Promise.race([stopping, new Promise((resolve) => setTimeout(resolve, withinMs).unref())])
}
