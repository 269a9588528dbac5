import { inspect } from 'node:util'
import { expect, test } from '@jest/globals'
import { z } from 'zod'
import {
  address,
  durationMs,
  flag,
  loadSettings,
  natsUrl,
  port,
  postgresUrl,
  Secret,
  secret,
  SettingsError,
} from './load.ts'

const schema = z.object({
  INVENTORY_DATABASE_URL: postgresUrl(),
  INVENTORY_GRPC_PORT: port().default(7101),
  NATS_URL: natsUrl(),
  ORDER_DOWNLOAD_ADDRESS: address(),
  ORDER_POLL_MS: durationMs().default(300_000),
  AMAZON_LWA_CLIENT_SECRET: secret().optional(),
})

const complete = {
  INVENTORY_DATABASE_URL: 'postgres://inventory:pw@127.0.0.1:5432/lockstep_inventory',
  NATS_URL: 'nats://user:password@127.0.0.1:4222',
  ORDER_DOWNLOAD_ADDRESS: '127.0.0.1:7103',
}

test('a complete environment is typed, defaults applied, empty variables count as not set', () => {
  const settings = loadSettings(schema, { ...complete, ORDER_POLL_MS: '5000', INVENTORY_GRPC_PORT: '' })

  expect(settings.INVENTORY_GRPC_PORT).toBe(7101)
  expect(settings.ORDER_POLL_MS).toBe(5_000)
  expect(settings.INVENTORY_DATABASE_URL).toBe(complete.INVENTORY_DATABASE_URL)
})

test('every problem is reported at once, one line each, naming the setting, the value and what to set', () => {
  const problems = problemsOf({
    ...complete,
    NATS_URL: undefined,
    INVENTORY_GRPC_PORT: 'x',
    ORDER_DOWNLOAD_ADDRESS: 'nowhere',
  })

  expect(problems).toEqual([
    'INVENTORY_GRPC_PORT: "x" is not a number: set a port between 0 and 65535, such as 7101 (0 takes any free one)',
    'NATS_URL: is missing: set a broker address such as nats://127.0.0.1:4222',
    'ORDER_DOWNLOAD_ADDRESS: "nowhere" is not an address: set host:port, such as 127.0.0.1:7101',
  ])
})

test('[R24] a password is never repeated in a problem', () => {
  const problems = problemsOf({
    ...complete,
    INVENTORY_DATABASE_URL: 'mysql://inventory:canary@host/db',
    NATS_URL: 'me:canary@host',
  })

  expect(problems).toHaveLength(2)
  expect(problems.join('\n')).not.toContain('canary')
  expect(problems.join('\n')).toContain('mysql://[redacted]@host/db')
})

test('[R24] a secret prints as [redacted] wherever it ends up, and gives its value only when asked', () => {
  const settings = loadSettings(schema, { ...complete, AMAZON_LWA_CLIENT_SECRET: 'canary' })
  const held = settings.AMAZON_LWA_CLIENT_SECRET

  expect(held).toBeInstanceOf(Secret)
  expect([String(held), JSON.stringify({ held }), inspect({ held })].join()).not.toContain('canary')
  expect(held?.reveal()).toBe('canary')
})

test('numbers out of range and values of other schemas are named too', () => {
  const other = z.object({
    PORT: port(),
    WAIT_MS: durationMs(),
    DEMO: flag(),
    LEVEL: z.enum(['debug', 'info']),
    API_TOKEN: z.enum(['a']),
  })
  const problems = problemsOf(
    { PORT: '70000', WAIT_MS: '-1', DEMO: 'maybe', LEVEL: 'loud', API_TOKEN: 'canary' },
    other,
  )

  expect(problems[0]).toContain('PORT: "70000" is out of range')
  expect(problems[1]).toContain('WAIT_MS: "-1" is out of range')
  expect(problems[2]).toContain('DEMO: "maybe" is neither yes nor no')
  expect(problems[3]).toContain('LEVEL: "loud": ')
  expect(problems[4]).not.toContain('canary')
})

function problemsOf(env: Record<string, string | undefined>, wanted: z.ZodType = schema): string[] {
  try {
    loadSettings(wanted, env)
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
  }
  throw new Error('the settings were accepted')
}
