import { namesOwnAmazon } from './amazon-environment.ts'

/** The queue of the stack's own simulator; any name would do. */
const queue = { account: '000000000000', name: 'lockstep' }

/**
 * What the connector is told so that the simulator's notifications reach it. Nothing when Amazon is another one, or when the user has set a queue: a queue of
 * one's own is never replaced.
 */
export function notificationsEnvironment(simulatorUrl: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (namesOwnAmazon(simulatorUrl, env) || env['CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_URL']) return {}
  return {
    CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_URL: `${simulatorUrl}/_sqs/${queue.account}/${queue.name}`,
    CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_ARN: `arn:aws:sqs:eu-west-1:${queue.account}:${queue.name}`,
    CHANNEL_CONNECTOR_NOTIFICATIONS_SQS_ENDPOINT: `${simulatorUrl}/_sqs`,
    CHANNEL_CONNECTOR_NOTIFICATIONS_ACCESS_KEY_ID: 'simulator',
    CHANNEL_CONNECTOR_NOTIFICATIONS_SECRET_ACCESS_KEY: 'simulator',
  }
}
