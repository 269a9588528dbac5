import { expect, test } from '@jest/globals'
import { notificationsEnvironment } from './notifications-environment.ts'

const simulator = 'http://127.0.0.1:7200'

test('the simulator’s queue is read where Amazon is the simulator', () => {
  expect(notificationsEnvironment(simulator, {})).toMatchObject({
    CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_URL: `${simulator}/_sqs/000000000000/lockstep`,
    CHANNEL_CONNECTOR_NOTIFICATIONS_SQS_ENDPOINT: `${simulator}/_sqs`,
  })
})

test('with an Amazon or a queue of one’s own nothing is added', () => {
  const own = { CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/mine' }

  expect(notificationsEnvironment(simulator, own)).toEqual({})
  expect(notificationsEnvironment(simulator, { AMAZON_LWA_CLIENT_ID: 'mine' })).toEqual({})
})
