import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { runChild } from './child.ts'
import type { Tally } from './tally.ts'

/** What the gate checks; each is a script in package.json and counts as one test. */
export const checks = ['types', 'lint', 'format', 'proto', 'generated', 'dependencies', 'unused'] as const

const Summary = z.object({
  tasks: z.array(z.object({ task: z.string(), execution: z.object({ exitCode: z.number().nullish() }).nullish() })),
})

/** Runs every check, two at a time, through turbo, which remembers what has passed. A check without a result counts as failed. */
export async function runGate(root: string, stop: AbortSignal): Promise<Tally> {
  const summaries = join(root, '.turbo', 'runs')
  rmSync(summaries, { recursive: true, force: true })
  const turbo = [
    'run',
    ...checks,
    '--continue=always',
    '--concurrency=2',
    '--output-logs=errors-only',
    '--log-order=grouped',
    '--summarize',
  ]
  await runChild('turbo', turbo, { withinMs: 5 * 60_000, stop })
  const passed = passedChecks(summaries)
  for (const check of checks) process.stdout.write(`  ${passed.has(check) ? 'passed' : 'FAILED'}  ${check}\n`)
  const failures = checks.filter((check) => !passed.has(check)).map((check) => `the gate › ${check}`)
  return { passed: checks.length - failures.length, failed: failures.length, failures }
}

function passedChecks(folder: string): Set<string> {
  try {
    const [file] = readdirSync(folder)
    const { tasks } = Summary.parse(JSON.parse(readFileSync(join(folder, file ?? ''), 'utf8')))
    return new Set(
      tasks.filter(({ execution }) => execution?.exitCode === 0).map(({ task }) => task.replace('//#', '')),
    )
  } catch {
    return new Set()
  }
}
