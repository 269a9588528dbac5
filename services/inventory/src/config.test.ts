import { expect, test } from '@jest/globals'
import { loadConfig } from './config.ts'

test('the settings that have a default may be left out', () => {
  const env = { INVENTORY_DATABASE_URL: 'postgres://inventory@127.0.0.1/inventory', NATS_URL: 'nats://127.0.0.1:4222' }

  expect(loadConfig(env)).toMatchObject({ grpcPort: 7101, grpcHost: '127.0.0.1' })
})

test('every wrong setting is named at once', () => {
  const env = { INVENTORY_GRPC_PORT: 'x', NATS_URL: 'http://127.0.0.1' }

  expect(() => loadConfig(env)).toThrow(/INVENTORY_DATABASE_URL[^]*INVENTORY_GRPC_PORT[^]*NATS_URL/)
})
