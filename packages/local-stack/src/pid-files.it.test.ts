import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import { afterAll, expect, test } from '@jest/globals'
import { stopSurvivors, writePidFile } from './pid-files.ts'
import { identify } from './process-identity.ts'

const folder = createTestFolder('pid-files')
afterAll(() => folder[Symbol.dispose]())

test('a process that a killed supervisor left behind is ended', async () => {
  const survivor = await aProcess()
  const run = join(folder.path, 'left')
  writePidFile(run, { name: 'inventory', pid: pidOf(survivor), stopSignal: 'SIGTERM' })

  expect(await stopSurvivors(run)).toEqual(['inventory'])

  expect(identify(pidOf(survivor))).toBeUndefined()
  expect(readdirSync(run)).toEqual([])
})

test('one that ignores the polite signal is killed', async () => {
  const stubborn = await aProcess("process.on('SIGTERM', () => {})")
  const run = join(folder.path, 'stubborn')
  writePidFile(run, { name: 'inventory', pid: pidOf(stubborn), stopSignal: 'SIGTERM' })

  await stopSurvivors(run, 200)

  expect(identify(pidOf(stubborn))).toBeUndefined()
})

test('a stranger that was given the same number later is left alone', async () => {
  const stranger = await aProcess()
  const run = join(folder.path, 'reused')
  writePidFile(run, { name: 'inventory', pid: pidOf(stranger), stopSignal: 'SIGTERM' })
  const file = { name: 'inventory', pid: pidOf(stranger), startedAt: 'before', stopSignal: 'SIGTERM' }
  writeFileSync(join(run, 'inventory.pid.json'), JSON.stringify(file))

  expect(await stopSurvivors(run)).toEqual([])

  expect(identify(pidOf(stranger))).toBeDefined()
  stranger.kill('SIGKILL')
})

test('a folder that is not there, and a file that was cut short, are no survivors', async () => {
  expect(await stopSurvivors(join(folder.path, 'nowhere'))).toEqual([])
  writeFileSync(join(folder.path, 'half.pid.json'), '{"pid": 1')
  expect(await stopSurvivors(folder.path)).toEqual([])
})

async function aProcess(code = ''): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--eval', `${code}; console.log('ready'); setInterval(() => {}, 1000)`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  return child
}

function pidOf(child: ChildProcess): number {
  return child.pid as number
}
