import { join } from 'node:path'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import { freePort } from '@lockstep/testkit/free-port'
import { afterAll, expect, test } from '@jest/globals'
import { startNats, type NatsServer } from './nats-server.ts'
import { projectFolder } from './project.ts'

const folder = createTestFolder('nats-server')
afterAll(() => folder[Symbol.dispose]())
const user = { user: 'lockstep', password: 'secret' }

test('streams survive a kill -9 and a new start', async () => {
  await using server = await start('survives', 'leave')
  const before = await open(server)
  await (await jetstreamManager(before)).streams.add({ name: 'SHELF', subjects: ['shelf.>'] })
  await jetstream(before).publish('shelf.a', 'one')
  await before.close()

  server.process.kill('SIGKILL')
  await server.process.ended()
  await server.process.restart()

  const after = await open(server)
  expect((await (await jetstreamManager(after)).streams.info('SHELF')).state.messages).toBe(1)
  await after.close()
})

test('nobody gets in without the password', async () => {
  await using server = await start('locked', 'leave')

  await expect(
    connect({ servers: server.url, user: user.user, pass: 'wrong', maxReconnectAttempts: 0 }),
  ).rejects.toThrow(/authorization/i)
})

async function start(name: string, onUnexpectedExit: 'restart' | 'leave'): Promise<NatsServer> {
  return startNats({
    home: join(folder.path, name),
    binaryFolder: join(projectFolder, '.lockstep', 'nats-server'),
    port: await freePort(),
    accounts: [user],
    onUnexpectedExit,
    say: () => undefined,
  })
}

function open(server: NatsServer): Promise<NatsConnection> {
  return connect({ servers: server.url, user: user.user, pass: user.password })
}
