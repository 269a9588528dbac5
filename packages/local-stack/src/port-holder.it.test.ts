import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '@lockstep/testkit/free-port'
import { expect, test } from '@jest/globals'
import { findTakenPorts } from './port-holder.ts'

test('a taken port is named with what it was wanted for and the process that holds it', async () => {
  const [taken, free] = [await freePort(), await freePort()]
  const code = `require('node:net').createServer().listen(${taken}, '127.0.0.1', () => console.log('ready'))`
  const holder = spawn(process.execPath, ['--eval', code], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(holder.stdout, 'data')

  const found = await findTakenPorts(
    new Map([
      [taken, 'inventory'],
      [free, 'report'],
    ]),
  )

  holder.kill('SIGKILL')
  expect(found).toEqual([
    { port: taken, purpose: 'inventory', holder: expect.stringContaining(`process ${holder.pid} (`) },
  ])
})

test('one that listens on every address is found as well', async () => {
  const taken = await freePort()
  const code = `require('node:net').createServer().listen(${taken}, '::', () => console.log('ready'))`
  const holder = spawn(process.execPath, ['--eval', code], { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(holder.stdout, 'data')

  const found = await findTakenPorts(new Map([[taken, 'console']]))

  holder.kill('SIGKILL')
  expect(found[0]?.holder).toContain(`process ${holder.pid} (`)
})
