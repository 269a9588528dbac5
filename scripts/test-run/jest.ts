import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { runChild } from './child.ts'
import type { Tier } from './options.ts'
import type { Tally } from './tally.ts'

const Result = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTotalTests: z.number(),
  /** Files that could not even be loaded. */
  numRuntimeErrorTestSuites: z.number(),
  wasInterrupted: z.boolean().optional(),
})

export interface JestRun {
  tiers: readonly Tier[]
  arguments: readonly string[]
  workers: number
  withinMs: number
  /** Where the result file goes. */
  folder: string
  env: NodeJS.ProcessEnv
  stop: AbortSignal
}

/** How long jest may take to end after its last test before we say that a test left something running. */
const endWithinMs = 20_000

/** Runs jest over these tiers and counts. A run without a result, or one that does not end by itself, counts as one failure more. */
export async function runJest(root: string, run: JestRun): Promise<Tally> {
  const resultFile = join(run.folder, `${run.tiers.join('-')}.json`)
  rmSync(resultFile, { force: true })
  const finished = new AbortController()
  const watch = endSoonAfter(resultFile, finished)
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--selectProjects',
    ...run.tiers,
    '--passWithNoTests',
    '--json',
    `--outputFile=${resultFile}`,
    `--maxWorkers=${run.workers}`,
    ...run.arguments,
  ]
  const end = await runChild(process.execPath, args, {
    withinMs: run.withinMs,
    stop: AbortSignal.any([run.stop, finished.signal]),
    env: run.env,
  })
  watch.abort()
  return tallyOf(resultFile, run, end)
}

function tallyOf(resultFile: string, run: JestRun, end: number | undefined): Tally {
  const result = readResult(resultFile)
  if (!result) {
    process.stdout.write(
      `  ${run.tiers.join(', ')}: jest gave no result${end === undefined ? ` within ${run.withinMs / 60_000} min` : ''}\n`,
    )
    return { passed: 0, failed: 1 }
  }
  if (result.numPendingTests > 0) process.stdout.write(`  ${result.numPendingTests} tests were skipped\n`)
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites
  if (end === undefined && !run.stop.aborted) {
    process.stdout.write('  jest did not end by itself: a test left something running\n')
    return { passed: result.numPassedTests, failed: failed + 1 }
  }
  return { passed: result.numPassedTests, failed: end === 0 ? failed : Math.max(1, failed) }
}

/** Jest writes its result when the last test is done, and then waits for whatever tests left open. */
function endSoonAfter(resultFile: string, finished: AbortController): AbortController {
  const watch = new AbortController()
  const poll = async () => {
    while (!watch.signal.aborted && !existsSync(resultFile)) await delay(500)
    await delay(endWithinMs, undefined, { signal: watch.signal })
    finished.abort()
  }
  // Rejects only when the watch is over, which is how it ends normally.
  poll().catch(() => undefined)
  return watch
}

function readResult(file: string): z.infer<typeof Result> | undefined {
  try {
    return Result.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
