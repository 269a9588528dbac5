import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { NotificationSettings } from './notification-settings.ts'

/** A message as it was received. */
export interface QueueMessage {
  body: string
  /** Names this delivery, for deleting it. */
  receipt: string
}

/** The queue that Amazon sends notifications to. */
export interface NotificationQueue extends Disposable {
  /** Waits for messages, up to 20 s; at most ten. What is not removed comes again. Throws when the queue cannot be read. */
  receive(signal: AbortSignal): Promise<QueueMessage[]>
  /** Removes messages; one that cannot be removed comes again. Answers how many were removed. */
  remove(messages: readonly QueueMessage[], signal: AbortSignal): Promise<number>
}

/** The longest poll that SQS knows. */
const waitSeconds = 20
/** For storing what was received, with room to spare: then another reader gets it. */
const hiddenSeconds = 60

/** Opens the queue. Nothing connects before the first receive. Without keys the AWS client finds credentials where it always does. */
export function openSqsQueue(settings: NotificationSettings): NotificationQueue {
  const { queueUrl: QueueUrl, region, endpoint, accessKeyId, secretAccessKey } = settings
  const client = new SQSClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKeyId !== undefined && {
      credentials: { accessKeyId, secretAccessKey: secretAccessKey?.reveal() ?? '' },
    }),
    // The reader has its own pauses.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: (waitSeconds + 10) * 1_000 },
  })
  return {
    async receive(signal) {
      const wanted = {
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: hiddenSeconds,
      }
      const { Messages = [] } = await client.send(new ReceiveMessageCommand(wanted), { abortSignal: signal })
      return Messages.flatMap(({ Body: body = '', ReceiptHandle: receipt }) => (receipt ? [{ body, receipt }] : []))
    },
    async remove(messages, signal) {
      if (messages.length === 0) return 0
      const Entries = messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }))
      const command = new DeleteMessageBatchCommand({ QueueUrl, Entries })
      const { Successful = [] } = await client.send(command, { abortSignal: signal })
      return Successful.length
    },
    [Symbol.dispose]: () => client.destroy(),
  }
}
