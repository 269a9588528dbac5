import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { eventually } from '@lockstep/testkit/eventually'
import { identify } from '@lockstep/local-stack/process-identity'
import { expect, test } from '@jest/globals'

const wrapper = join(import.meta.dirname, 'with-toolchain.mjs')
const waits = 'console.log(process.pid); setInterval(() => {}, 1000)'

test('a command runs under the pinned Node, and its exit code is passed on', async () => {
  const child = run(['node', '-e', 'console.log(process.versions.node); process.exit(7)'])

  const version = await firstLine(child)

  expect(Number(version.split('.')[0])).toBeGreaterThanOrEqual(24)
  expect(await exitCode(child)).toBe(7)
})

test('SIGTERM is passed on', async () => {
  const child = run(['node', '-e', `process.on('SIGTERM', () => process.exit(5)); ${waits}`])
  await firstLine(child)

  child.kill('SIGTERM')

  expect(await exitCode(child)).toBe(5)
})

test('a command ends when whoever asked for it is gone', async () => {
  const asker = `
    const { spawn } = require('node:child_process')
    spawn(process.execPath, [${JSON.stringify(wrapper)}, 'node', '-e', ${JSON.stringify(waits)}], { stdio: ['ignore', 'inherit', 'inherit'] })
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['-e', asker], { stdio: ['ignore', 'pipe', 'inherit'] })
  const pid = Number(await firstLine(parent))

  parent.kill('SIGKILL')

  await eventually(() => expect(identify(pid)).toBeUndefined())
})

test('a command that is not there is refused by name', async () => {
  const child = run(['no-such-command'])
  let said = ''
  child.stderr?.on('data', (chunk) => (said += String(chunk)))

  expect(await exitCode(child)).toBe(1)
  expect(said).toContain('no-such-command could not be started')
})

function run(command: readonly string[]): ChildProcess {
  return spawn(process.execPath, [wrapper, ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('it has no output')
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  return chunk.toString().trim()
}

function exitCode(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', resolve))
}
