import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectFolder } from '@lockstep/local-stack/project'
import { eventually } from '@lockstep/testkit/eventually'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import type { BenchOptions, Benchmark, Figure } from './benchmark.ts'
import { memoryBytes, treeOf } from './machine.ts'

/** What a newcomer waits for, and what the whole needs. */
export const start: Benchmark = {
  name: 'start',
  summary: 'npm start in a fresh clone with a warm package store, and the memory of all processes together',
  run,
}

const gibibyte = 1024 ** 3
const portBase = 18_100
/** How long the running stack is left alone before its memory is read. */
const settleMs = 20_000

async function run({ say }: BenchOptions): Promise<Figure[]> {
  using folder = createTestFolder('clone')
  const clone = join(folder.path, 'lockstep')
  await promisify(execFile)('git', ['clone', '--quiet', `file://${projectFolder}`, clone])
  say('npm start -- --once, the first time')
  const first = await secondsOf(clone, ['--', '--once'])
  say('npm start -- --once, the second time')
  const second = await secondsOf(clone, ['--', '--once'])
  say('npm start')
  const { bytes, processes } = await memoryOfRunning(clone)
  return [
    { name: 'first_start_s', value: first, bar: { atMost: 120 } },
    { name: 'second_start_s', value: second, bar: { atMost: 20 } },
    { name: 'memory_gib', value: bytes / gibibyte, bar: { atMost: 1.5 } },
    { name: 'processes', value: processes },
  ]
}

async function secondsOf(clone: string, args: readonly string[]): Promise<number> {
  const begun = performance.now()
  const npm = startNpm(clone, args)
  await once(npm.process, 'exit')
  const { exitCode, signalCode } = npm.process
  if (exitCode !== 0) throw new Error(`npm start ended with ${exitCode ?? signalCode}:\n${npm.output()}`)
  return (performance.now() - begun) / 1_000
}

async function memoryOfRunning(clone: string): Promise<{ bytes: number; processes: number }> {
  const npm = startNpm(clone, [])
  const pid = npm.process.pid ?? 0
  try {
    await greeted(npm)
    await new Promise((resolve) => setTimeout(resolve, settleMs))
    return { bytes: memoryBytes(pid), processes: treeOf(pid).length }
  } finally {
    await stopAll(npm)
  }
}

/** npm leaves at once; what it started takes some seconds, and still writes into the clone until then. */
async function stopAll({ process: npm }: Npm): Promise<void> {
  const tree = treeOf(npm.pid ?? 0)
  npm.kill('SIGTERM')
  await eventually(() => expectGone(tree), { withinMs: 60_000, everyMs: 250 })
}

async function expectGone(pids: readonly number[]): Promise<void> {
  const left = pids.filter((pid) => existsSync(`/proc/${pid}`))
  if (left.length > 0) throw new Error(`processes ${left.join(', ')} still run`)
}

interface Npm {
  process: ChildProcess
  output: () => string
}

function startNpm(clone: string, args: readonly string[]): Npm {
  const env = { ...process.env, LOCKSTEP_HOME: join(clone, '.lockstep'), LOCKSTEP_PORT_BASE: String(portBase) }
  const npm = spawn('npm', ['start', ...args], { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  return { process: npm, output: () => output }
}

/** Waits for the banner that is printed once everything is healthy. */
async function greeted({ process: npm, output }: Npm): Promise<void> {
  const deadline = performance.now() + 180_000
  while (!output().includes('Ctrl-C')) {
    if (npm.exitCode !== null || performance.now() > deadline)
      throw new Error(`npm start did not come up:\n${output()}`)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
