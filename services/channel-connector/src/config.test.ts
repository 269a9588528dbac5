import { expect, test } from '@jest/globals'
import { loadConfig } from './config.ts'

const env = {
  CHANNEL_CONNECTOR_DATABASE_URL: 'postgres://lockstep_channel@127.0.0.1:7150/lockstep_channel',
  NATS_URL: 'nats://127.0.0.1:7151',
  AMAZON_LWA_CLIENT_ID: 'amzn1.application-oa2-client.example',
  AMAZON_LWA_CLIENT_SECRET: 'very-secret',
  AMAZON_APPLICATION_ID: 'amzn1.sp.solution.example',
  CHANNEL_CONNECTOR_KEY_FILE: '/keys/channel-connector.key',
}

test('what is not set has a default', () => {
  expect(loadConfig(env)).toMatchObject({
    grpcPort: 7102,
    amazon: { endpoint: undefined, lwaEndpoint: undefined, requestTimeoutMs: 10_000 },
    listingsReportEveryMs: 86_400_000,
    apiCallsKeptMs: 2_592_000_000,
  })
})

test('limits that Amazon granted are read by level and operation, and anything else is named', () => {
  const granted = '{"application/patchListingsItem":{"rate":60,"burst":60}}'

  expect(loadConfig({ ...env, AMAZON_LIMITS: granted }).amazon.grantedLimits).toEqual({
    'application/patchListingsItem': { rate: 60, burst: 60 },
  })
  for (const wrong of [
    'sixty',
    '{"patchListingsItem":{"rate":60,"burst":60}}',
    '{"pair/getOrder":{"rate":0,"burst":1}}',
  ]) {
    expect(() => loadConfig({ ...env, AMAZON_LIMITS: wrong })).toThrow(/AMAZON_LIMITS/)
  }
})

test('[R25] the client secret does not show when the settings are printed', () => {
  expect(JSON.stringify(loadConfig(env))).not.toContain('very-secret')
})

test('every problem is named at once', () => {
  expect(() => loadConfig({ AMAZON_ENDPOINT: 'amazon', AMAZON_REQUEST_TIMEOUT_MS: 'soon' })).toThrow(
    /CHANNEL_CONNECTOR_DATABASE_URL[^]*AMAZON_ENDPOINT[^]*AMAZON_LWA_CLIENT_ID[^]*AMAZON_REQUEST_TIMEOUT_MS[^]*KEY_FILE/,
  )
})

const queue = {
  CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/hints',
  CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_ARN: 'arn:aws:sqs:eu-west-1:123456789012:hints',
}

test('notifications are off until a queue is set, and its region is the one in its ARN', () => {
  expect(loadConfig(env).notifications).toBeUndefined()
  expect(loadConfig({ ...env, ...queue }).notifications).toMatchObject({ region: 'eu-west-1', endpoint: undefined })
})

test('a queue without its ARN, a FIFO queue, and half of a key are refused by name', () => {
  const { CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_ARN: arn, ...urlAlone } = queue
  const half = { ...env, ...queue, CHANNEL_CONNECTOR_NOTIFICATIONS_ACCESS_KEY_ID: 'id' }

  expect(() => loadConfig({ ...env, ...urlAlone })).toThrow(/QUEUE_ARN: is missing/)
  expect(() => loadConfig({ ...env, ...queue, CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_ARN: `${arn}.fifo` })).toThrow(
    /QUEUE_ARN/,
  )
  expect(() => loadConfig(half)).toThrow(/SECRET_ACCESS_KEY: set it together/)
})
