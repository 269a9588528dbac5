import type { Secret } from '@lockstep/settings/load'

/** Where notifications come in. Without it the service lives by polling alone. */
export interface NotificationSettings {
  queueUrl: string
  /** What Amazon is told to send to: the same queue. */
  queueArn: string
  /** In place of AWS's own. */
  endpoint: string | undefined
  /** Of the queue. */
  region: string
  accessKeyId: string | undefined
  secretAccessKey: Secret | undefined
}
