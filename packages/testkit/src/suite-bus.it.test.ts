import { expect, test } from '@jest/globals'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { createSuiteBus, type SuiteBus } from './suite-bus.ts'

test('two suites at once never see each other’s streams', async () => {
  await using first = await createSuiteBus()
  await using second = await createSuiteBus()

  await addStream(first, 'SHELF')

  expect(await streamNames(first)).toEqual(['SHELF'])
  expect(await streamNames(second)).toEqual([])
})

test('an account is empty after its suite', async () => {
  const bus = await createSuiteBus()
  await addStream(bus, 'LEFTOVER')

  await bus[Symbol.asyncDispose]()

  expect(await streamNames(bus)).toEqual([])
})

async function addStream(bus: SuiteBus, name: string): Promise<void> {
  const connection = await connect({ servers: bus.url, user: bus.account, pass: bus.account })
  await (await jetstreamManager(connection)).streams.add({ name, subjects: ['shelf.>'] })
  await connection.close()
}

async function streamNames(bus: SuiteBus): Promise<string[]> {
  const connection = await connect({ servers: bus.url, user: bus.account, pass: bus.account })
  const streams = await (await jetstreamManager(connection)).streams.list().next()
  await connection.close()
  return streams.map((stream) => stream.config.name)
}
