import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import { eventually } from '@lockstep/testkit/eventually'
import { afterAll, expect, test } from '@jest/globals'
import { ManagedProcess, type ProcessSpec } from './managed-process.ts'
import { identify } from './process-identity.ts'

const folder = createTestFolder('managed-process')
afterAll(() => folder[Symbol.dispose]())

test('what it writes is in its log, and the last run’s log is kept', async () => {
  const first = await ManagedProcess.start(aSpec('echo', "console.log('first'); console.error('problem')"))
  expect(await first.exited).toEqual({ code: 0, signal: null })
  const second = await ManagedProcess.start(aSpec('echo', "console.log('second')"))
  await second.exited

  expect(second.lastLines()).toBe('second')
  expect(readFileSync(join(folder.path, 'echo.previous.log'), 'utf8')).toBe('first\nproblem\n')
})

test('its pid file is there while it runs and gone afterwards', async () => {
  const process = await ManagedProcess.start(aSpec('waits', 'setInterval(() => {}, 1000)'))
  const file = join(folder.path, 'run', 'waits.pid.json')
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ pid: process.pid, name: 'waits' })

  await process.stop()

  expect(existsSync(file)).toBe(false)
  expect(identify(process.pid)).toBeUndefined()
})

test('one that will not end is killed when its time is up', async () => {
  const stubborn = await ManagedProcess.start({
    ...aSpec('stubborn', "process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)"),
    stopWithinMs: 200,
  })
  await eventually(() => expect(stubborn.lastLines()).toBe('ready'))

  await stubborn.stop()

  expect(stubborn.exit).toEqual({ code: null, signal: 'SIGKILL' })
})

test('a command that is not there is refused by name', async () => {
  const start = ManagedProcess.start({ ...aSpec('missing', ''), command: '/nowhere/at-all', cwd: '/nowhere' })

  await expect(start).rejects.toThrow('missing cannot be started')
})

test('kill -9 of the parent ends the child', async () => {
  const parentCode = `
    import { ManagedProcess } from ${JSON.stringify(join(import.meta.dirname, 'managed-process.ts'))}
    const child = await ManagedProcess.start(${JSON.stringify(aSpec('orphan', 'setInterval(() => {}, 1000)'))})
    console.log(child.pid)
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', parentCode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const childPid = Number(line.toString())
  expect(identify(childPid)).toBeDefined()

  parent.kill('SIGKILL')

  await eventually(() => expect(identify(childPid)).toBeUndefined())
})

function aSpec(name: string, code: string): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: ['--eval', code],
    cwd: folder.path,
    env: { PATH: process.env['PATH'] },
    logFile: join(folder.path, `${name}.log`),
    runFolder: join(folder.path, 'run'),
    stopSignal: 'SIGTERM',
    stopWithinMs: 5_000,
  }
}
