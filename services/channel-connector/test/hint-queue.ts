import { Secret } from '@lockstep/settings/load'

import type { NotificationSettings } from '../src/channels/amazon/notifications/notification-settings.ts'

/** The queue of notifications that the simulator at this address keeps. */
export function hintQueue(simulatorUrl: string): NotificationSettings {
  const [owner, name] = ['000000000000', 'hints']
  return {
    queueUrl: `${simulatorUrl}/_sqs/${owner}/${name}`,
    queueArn: `arn:aws:sqs:eu-west-1:${owner}:${name}`,
    endpoint: `${simulatorUrl}/_sqs`,
    region: 'eu-west-1',
    accessKeyId: 'any',
    secretAccessKey: new Secret('any'),
  }
}
