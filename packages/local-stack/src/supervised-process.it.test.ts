import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import { eventually } from '@lockstep/testkit/eventually'
import { afterAll, expect, test } from '@jest/globals'
import { StartError, SupervisedProcess, type SupervisionOptions } from './supervised-process.ts'

const folder = createTestFolder('supervised-process')
afterAll(() => folder[Symbol.dispose]())

test('a process that is killed is started again, and it is said', async () => {
  const said: string[] = []
  await using supervised = await SupervisedProcess.start({ ...anOption('again'), say: (line) => said.push(line) })
  const first = supervised.pid

  supervised.kill('SIGKILL')

  await eventually(() => expect(supervised.pid).not.toBe(first))
  await eventually(() => expect(said.at(-1)).toBe('again is back'))
  expect(said[0]).toMatch(/^again ended \(SIGKILL\); starting it again in 1 s\. Its log: /)
})

test('stopping it while it waits to be started again ends the wait', async () => {
  const said: string[] = []
  const supervised = await SupervisedProcess.start({ ...anOption('given-up'), say: (line) => said.push(line) })
  supervised.kill('SIGKILL')
  await eventually(() => expect(said).toHaveLength(1))

  await supervised.stop()

  expect(supervised.pid).toBeUndefined()
  expect(said).toHaveLength(1)
})

test('left alone, a killed process stays away until it is restarted with other settings', async () => {
  const supervised = await SupervisedProcess.start({ ...anOption('left'), onUnexpectedExit: 'leave' })
  supervised.kill('SIGKILL')
  await supervised.ended()
  expect(supervised.pid).toBeUndefined()

  await supervised.restart({ GREETING: 'hello' })

  await eventually(() => expect(readFileSync(healthFile('left'), 'utf8')).toBe('hello'))
  await supervised.stop()
})

test('one that ends while starting is an error with the end of its log', async () => {
  const options = anOption('broken', "console.log('the shelf is on fire'); process.exit(3)")

  const start = SupervisedProcess.start(options)

  await expect(start).rejects.toThrow(StartError)
  await expect(start).rejects.toThrow('broken ended while starting (exit code 3)\nthe shelf is on fire')
})

test('one that never gets healthy is ended', async () => {
  const options = { ...anOption('silent', 'setInterval(() => {}, 1000)'), startWithinMs: 300 }

  await expect(SupervisedProcess.start(options)).rejects.toThrow('silent was not healthy after 0.3 s')

  expect(existsSync(join(folder.path, 'run', 'silent.pid.json'))).toBe(false)
})

test('a start that is given up ends the process', async () => {
  const giveUp = new AbortController()
  const start = SupervisedProcess.start({
    ...anOption('unwanted', 'setInterval(() => {}, 1000)'),
    giveUp: giveUp.signal,
  })

  giveUp.abort()

  await expect(start).rejects.toThrow('unwanted was stopped while starting')
})

function anOption(name: string, code = becomesHealthy(name)): SupervisionOptions {
  writeFileSync(healthFile(name), '')
  return {
    spec: {
      name,
      command: process.execPath,
      args: ['--eval', code],
      cwd: folder.path,
      env: { PATH: process.env['PATH'] },
      logFile: join(folder.path, `${name}.log`),
      runFolder: join(folder.path, 'run'),
      stopSignal: 'SIGTERM',
      stopWithinMs: 5_000,
    },
    isHealthy: async () => readFileSync(healthFile(name), 'utf8') !== '',
    startWithinMs: 10_000,
    onUnexpectedExit: 'restart',
    say: () => undefined,
  }
}

function becomesHealthy(name: string): string {
  return `fs.writeFileSync(${JSON.stringify(healthFile(name))}, process.env.GREETING ?? 'up'); setInterval(() => {}, 1000)`
}

function healthFile(name: string): string {
  return join(folder.path, `${name}.health`)
}
