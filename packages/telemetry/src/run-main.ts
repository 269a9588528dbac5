import { createLogger, type Logger } from './logger.ts'
import { stopTelemetry } from './sdk-lifetime.ts'

export interface RunMainOptions {
  /** How long disposal may take before the process ends anyway. Default 25 000. */
  stopWithinMs?: number
}

/** Exit codes of every process of ours. */
export const exitCodes = { ok: 0, fault: 1, settings: 2 } as const

/**
 * Runs a service: starts it, waits for SIGTERM or SIGINT, disposes of everything in reverse order, flushes telemetry and exits.
 * Exit code 0 after a signal, 1 after a fault (one JSON line says which), 2 when settings are wrong (one line per problem on standard error).
 * A signal during the start ends it too; a second signal ends the process at once. Prints nothing else.
 */
export async function runMain(
  name: string,
  start: (stack: AsyncDisposableStack) => Promise<void>,
  options: RunMainOptions = {},
): Promise<never> {
  const log = createLogger(name)
  const stack = new AsyncDisposableStack()
  const stopped = signalled(log)
  const faulted = unhandledFault()
  // Listening for signals alone does not keep a process alive.
  const awake = setInterval(() => undefined, 3_600_000)
  let code: number
  try {
    await Promise.race([start(stack), stopped, faulted])
    await Promise.race([stopped, faulted])
    code = exitCodes.ok
  } catch (error) {
    code = report(log, error)
  }
  const clean = await disposeWithin(stack, log, options.stopWithinMs ?? 25_000)
  await stopTelemetry()
  clearInterval(awake)
  return process.exit(clean ? code : exitCodes.fault)
}

/**
 * Runs work that ends by itself, such as migrations: exits 0 when it is done, 1 after a fault or a signal (which says: not done), 2 when settings are
 * wrong. What was opened is disposed of in reverse order first.
 */
export async function runJob(name: string, work: (stack: AsyncDisposableStack) => Promise<void>): Promise<never> {
  const log = createLogger(name)
  const stack = new AsyncDisposableStack()
  let code: number
  try {
    const interrupted = signalled(log).then(() => exitCodes.fault)
    code = await Promise.race([work(stack).then(() => exitCodes.ok), interrupted, unhandledFault()])
  } catch (error) {
    code = report(log, error)
  }
  const clean = await disposeWithin(stack, log, 10_000)
  await stopTelemetry()
  return process.exit(clean ? code : exitCodes.fault)
}

function signalled(log: Logger): Promise<void> {
  let count = 0
  return new Promise((resolve) => {
    const onSignal = (signal: string): void => {
      count += 1
      if (count > 1) process.exit(exitCodes.fault)
      log.info({ signal }, 'stopping')
      resolve()
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

/** An error nobody handled: the state of the process is unknown, so it ends and is started again. */
function unhandledFault(): Promise<never> {
  return new Promise((_, reject) => {
    process.on('uncaughtException', reject)
    process.on('unhandledRejection', reject)
  })
}

function report(log: Logger, error: unknown): number {
  const problems = settingsProblems(error)
  if (problems === undefined) {
    log.fatal({ err: error }, 'stopped by a fault')
    return exitCodes.fault
  }
  for (const problem of problems) process.stderr.write(`${problem}\n`)
  return exitCodes.settings
}

/** Told by its shape, so that this package does not depend on the settings package. */
function settingsProblems(error: unknown): string[] | undefined {
  const isSettingsError = error instanceof Error && error.name === 'SettingsError' && 'problems' in error
  return isSettingsError && Array.isArray(error.problems) ? error.problems.map(String) : undefined
}

async function disposeWithin(stack: AsyncDisposableStack, log: Logger, withinMs: number): Promise<boolean> {
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), withinMs).unref())
  try {
    const outcome = await Promise.race([stack.disposeAsync(), late])
    if (outcome === 'late') log.error({ within_ms: withinMs }, 'did not stop in time')
    return outcome !== 'late'
  } catch (error) {
    log.error({ err: error }, 'failed while stopping')
    return false
  }
}
