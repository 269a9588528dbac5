/** `npm test`: the gate and every tier of tests against real servers. Its last line is `N passed, N failed`. */
import { join } from 'node:path'
import { buildConsole } from '@lockstep/local-stack/console-build'
import { stopRequest } from '@lockstep/local-stack/stop-request'
import { openRunFolder } from '@lockstep/testkit/run-folder'
import { startRunServers } from '@lockstep/testkit/run-servers'
import { ensureChromium } from './test-run/chromium.ts'
import { runGate } from './test-run/gate.ts'
import { runJest, type JestRun } from './test-run/jest.ts'
import { testHelp, testRunOptions, type TestRunOptions, type Tier } from './test-run/options.ts'
import { sum, type Tally } from './test-run/tally.ts'

const root = join(import.meta.dirname, '..')
const minute = 60_000
const args = process.argv.slice(2)

if (args.includes('--help')) process.stdout.write(testHelp)
else await main(testRunOptions(args))

async function main(options: TestRunOptions): Promise<void> {
  const stop = stopRequest()
  const tallies: Tally[] = []
  try {
    if (options.gate) tallies.push(await gate(stop))
    if (options.tiers.length > 0) tallies.push(...(await tests(options, stop)))
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    tallies.push({ passed: 0, failed: 1 })
  }
  if (stop.aborted) say(`stopped before the end (${String(stop.reason)})`)
  const { passed, failed, failures } = sum([...tallies, { passed: 0, failed: stop.aborted ? 1 : 0 }])
  for (const failure of failures) say(`failed: ${failure}`)
  process.exitCode = failed === 0 ? 0 : 1
  process.stdout.write(`${passed} passed, ${failed} failed\n`)
}

function gate(stop: AbortSignal): Promise<Tally> {
  say('the gate')
  return runGate(root, stop)
}

/** Tests run two at a time; those that start the whole constellation, and tell time by it, get the machine to themselves. */
async function tests({ tiers, jestArguments }: TestRunOptions, stop: AbortSignal): Promise<Tally[]> {
  const tallies: Tally[] = []
  await using folder = await openRunFolder(join(root, '.lockstep'))
  await using needs = new AsyncDisposableStack()
  const env = { TEST_FOLDER: folder.path, ...(await needsOf(tiers, { folder: folder.path, needs })) }
  const run = async (wanted: readonly Tier[], limits: Pick<JestRun, 'workers' | 'withinMs'>) => {
    const chosen = wanted.filter((tier) => tiers.includes(tier))
    if (chosen.length === 0 || stop.aborted) return
    say(`tests: ${chosen.join(', ')}`)
    tallies.push(
      await runJest(root, { tiers: chosen, arguments: jestArguments, folder: folder.path, env, stop, ...limits }),
    )
  }
  await run(['unit', 'pg'], { workers: 2, withinMs: 20 * minute })
  await run(['it'], { workers: 2, withinMs: 20 * minute })
  await run(['e2e', 'browser'], { workers: 1, withinMs: 25 * minute })
  return tallies
}

/** What the tiers need, as environment variables: servers, the console's page, a browser. */
async function needsOf(
  tiers: readonly Tier[],
  run: { folder: string; needs: AsyncDisposableStack },
): Promise<NodeJS.ProcessEnv> {
  if (tiers.every((tier) => tier === 'unit')) return {}
  const servers = run.needs.use(await startRunServers({ home: run.folder, say }))
  if (tiers.some((tier) => tier === 'e2e' || tier === 'browser') && (await buildConsole()))
    say('built the console’s page')
  return {
    TEST_POSTGRES_URL: servers.postgresUrl,
    TEST_NATS_URL: servers.natsUrl,
    ...(tiers.includes('browser') && { CHROMIUM_PATH: ensureChromium(say) }),
  }
}

function say(line: string): void {
  process.stdout.write(`· ${line}\n`)
}
