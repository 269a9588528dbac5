import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import { eventually } from '@lockstep/testkit/eventually'
import { afterAll, expect, test } from '@jest/globals'
import { AlreadyStartedError, lockHome } from './start-lock.ts'

const folder = createTestFolder('start-lock')
afterAll(() => folder[Symbol.dispose]())

test('a home is taken once; the second is told who has it', async () => {
  const first = await lockHome(folder.path)

  const second = lockHome(folder.path)

  await expect(second).rejects.toThrow(AlreadyStartedError)
  await expect(second).rejects.toThrow(`Lockstep is already started, by process ${process.pid}`)
  await first[Symbol.asyncDispose]()
})

test('a home that was given back can be taken again', async () => {
  await (await lockHome(folder.path))[Symbol.asyncDispose]()

  await (await lockHome(folder.path))[Symbol.asyncDispose]()
})

test('kill -9 of the holder frees the home', async () => {
  const code = `
    import { lockHome } from ${JSON.stringify(join(import.meta.dirname, 'start-lock.ts'))}
    await lockHome(${JSON.stringify(folder.path)})
    console.log('locked')
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  await expect(lockHome(folder.path)).rejects.toThrow(`by process ${holder.pid}`)

  holder.kill('SIGKILL')

  const lock = await eventually(() => lockHome(folder.path))
  await lock[Symbol.asyncDispose]()
})
