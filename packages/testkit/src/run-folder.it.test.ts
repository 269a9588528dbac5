import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writePidFile } from '@lockstep/local-stack/pid-files'
import { identify } from '@lockstep/local-stack/process-identity'
import { afterAll, expect, test } from '@jest/globals'
import { openRunFolder } from './run-folder.ts'
import { createTestFolder } from './test-folder.ts'

const parent = createTestFolder('run-folder')
afterAll(() => parent[Symbol.dispose]())

test('what a killed run left is cleared away, its processes too; a run that goes on is left alone', async () => {
  await using running = await openRunFolder(parent.path)
  const left = join(parent.path, 'test-killed')
  mkdirSync(left)
  const survivor = spawn(process.execPath, ['--eval', "console.log('ready'); setInterval(() => {}, 1000)"], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(survivor.stdout, 'data')
  const pid = survivor.pid as number
  writePidFile(join(left, 'run'), { name: 'nats', pid, stopSignal: 'SIGTERM' })

  await using next = await openRunFolder(parent.path)

  expect(existsSync(left)).toBe(false)
  expect(identify(pid)).toBeUndefined()
  expect(existsSync(running.path)).toBe(true)
  expect(next.path).not.toBe(running.path)
})

test('it is gone after the run', async () => {
  const folder = await openRunFolder(parent.path)

  await folder[Symbol.asyncDispose]()

  expect(existsSync(folder.path)).toBe(false)
})
