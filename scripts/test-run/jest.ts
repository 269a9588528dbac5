import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runChild, type ChildEnd } from './child.ts'
import { readJestTally } from './jest-tally.ts'
import type { Tier } from './options.ts'
import type { Tally } from './tally.ts'

export interface JestRun {
  tiers: readonly Tier[]
  arguments: readonly string[]
  workers: number
  withinMs: number
  /** Where the tally is written. */
  folder: string
  env: NodeJS.ProcessEnv
  stop: AbortSignal
}

/** How long jest may take to end after its last test before we say that a test left something running. */
const endWithinMs = 20_000

/** Runs jest over these tiers and counts. A run that is cut short, or that does not end by itself, counts as one failure more. */
export async function runJest(root: string, run: JestRun): Promise<Tally> {
  const tallyFile = join(run.folder, `${run.tiers.join('-')}.json`)
  rmSync(tallyFile, { force: true })
  const lingers = new AbortController()
  const watch = abortWhenItLingers(tallyFile, lingers)
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--selectProjects',
    ...run.tiers,
    '--passWithNoTests',
    '--reporters=default',
    `--reporters=${join(root, 'scripts', 'test-run', 'tally-reporter.ts')}`,
    `--maxWorkers=${run.workers}`,
    ...run.arguments,
  ]
  const end = await runChild(process.execPath, args, {
    withinMs: run.withinMs,
    stop: AbortSignal.any([run.stop, lingers.signal]),
    env: { ...run.env, LOCKSTEP_TALLY_FILE: tallyFile },
  })
  watch.abort()
  return tallyOf(tallyFile, run, end)
}

function tallyOf(tallyFile: string, run: JestRun, end: ChildEnd): Tally {
  const nothing = { passed: 0, failed: 0, skipped: 0, failures: [], isComplete: false }
  const { passed, failed, skipped, failures: failedTests, isComplete } = readJestTally(tallyFile) ?? nothing
  const failures = failedTests.map(({ file, test, message }) => `${file} › ${test}: ${message}`)
  if (skipped > 0) say(`${skipped} tests were skipped`)
  if (end === 0 && isComplete) return { passed, failed, failures }
  if (end !== undefined && isComplete) return { passed, failed: Math.max(1, failed), failures }
  if (isComplete) say('jest did not end by itself: a test left something running')
  else if (end === undefined && !run.stop.aborted) say(`jest was not done within ${run.withinMs / 60_000} min`)
  else say('jest ended before its last test')
  return { passed, failed: failed + 1, failures }
}

/** When the last test is done, jest waits for whatever tests left open, for ever if need be. */
function abortWhenItLingers(tallyFile: string, lingers: AbortController): AbortController {
  const watch = new AbortController()
  const poll = async () => {
    while (!readJestTally(tallyFile)?.isComplete) await delay(500, undefined, { signal: watch.signal })
    await delay(endWithinMs, undefined, { signal: watch.signal })
    lingers.abort()
  }
  // Rejects only when the watch is over, which is how it ends normally.
  poll().catch(() => undefined)
  return watch
}

function say(line: string): void {
  process.stdout.write(`  ${line}\n`)
}
