import { isJsonObject, quoted, type JsonObject } from '../json.ts'
import type { World } from '../world.ts'
import { md5OfAttributes, md5OfBody } from './md5.ts'
import { queueOfUrl, queueUrl } from './names.ts'
import {
  changeVisibility,
  countMessages,
  deleteMessage,
  InvalidReceiptError,
  openQueue,
  placeMessage,
  receiveMessages,
  type Received,
} from './queues.ts'
import { readAttributes, SqsRefusalError, textOf, wholeOf } from './sqs-input.ts'

/** A call in the JSON protocol of SQS. */
export interface SqsCall {
  /** The operation, such as `ReceiveMessage`. */
  action: string
  body: unknown
  origin: string
  now: number
}

/** What is answered. `waitMs` is set when a receive found nothing and its caller is ready to wait. */
export interface SqsAnswer {
  status: number
  headers: Record<string, string>
  body: unknown
  waitMs: number
}

/** Answers one call. A queue is made when it is first named. Source: Amazon SQS API Reference, JSON protocol. */
export function handleSqs(world: World, call: SqsCall): SqsAnswer {
  try {
    const input = isJsonObject(call.body) ? call.body : {}
    const action = actions[call.action]
    if (!action) throw new SqsRefusalError('InvalidAction', `The action ${call.action} is not valid.`)
    const body = action(world, input, call)
    const isEmptyReceipt = call.action === 'ReceiveMessage' && Object.keys(body).length === 0
    const waitMs = isEmptyReceipt ? wholeOf(input, 'WaitTimeSeconds', { min: 0, max: 20, otherwise: 0 }) * 1000 : 0
    return { status: 200, headers: {}, body, waitMs }
  } catch (err) {
    const refusal = asRefusal(err)
    const headers = { 'x-amzn-query-error': `${refusal.code};Sender` }
    return { status: 400, headers, body: { __type: refusal.type, message: refusal.message }, waitMs: 0 }
  }
}

type Action = (world: World, input: JsonObject, call: SqsCall) => Record<string, unknown>

/** The account of a queue that is named without one. */
const defaultAccount = '000000000000'

const actions: Record<string, Action> = {
  GetQueueUrl: (world, input, { origin, now }) => {
    const account = input['QueueOwnerAWSAccountId'] ?? defaultAccount
    return { QueueUrl: queueUrl(origin, openQueue(world, queueNamed(input, account), now).id) }
  },
  CreateQueue: (world, input, { origin, now }) => {
    const queue = openQueue(world, queueNamed(input, defaultAccount), now)
    const timeout = isJsonObject(input['Attributes']) ? input['Attributes']['VisibilityTimeout'] : undefined
    if (timeout !== undefined) world.queues.save({ ...queue, visibilityTimeoutMs: Number(quoted(timeout)) * 1000 })
    return { QueueUrl: queueUrl(origin, queue.id) }
  },
  GetQueueAttributes: (world, input, { now }) => {
    const queue = openQueue(world, queueIn(input), now)
    const { visible, inFlight, delayed } = countMessages(world, queue.id, now)
    const all: Record<string, string> = {
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
      CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
      VisibilityTimeout: String(queue.visibilityTimeoutMs / 1000),
      QueueArn: `arn:aws:sqs:eu-west-1:${queue.id.replace('/', ':')}`,
    }
    const asked = Array.isArray(input['AttributeNames']) ? input['AttributeNames'].map(quoted) : []
    const names = asked.includes('All') ? Object.keys(all) : Object.keys(all).filter((name) => asked.includes(name))
    return names.length === 0 ? {} : { Attributes: Object.fromEntries(names.map((name) => [name, all[name]])) }
  },
  SendMessage: (world, input, { now }) => {
    const body = textOf(input, 'MessageBody')
    const attributes = readAttributes(input['MessageAttributes'])
    const delayMs = wholeOf(input, 'DelaySeconds', { min: 0, max: 900, otherwise: 0 }) * 1000
    const messageId = world.ids.uuid('queue-message')
    placeMessage(world, { queue: queueIn(input), messageId, body, attributes, sentAt: now }, now + delayMs)
    const digest = md5OfAttributes(attributes)
    const attributesDigest = digest === undefined ? {} : { MD5OfMessageAttributes: digest }
    return { MessageId: messageId, MD5OfMessageBody: md5OfBody(body), ...attributesDigest }
  },
  ReceiveMessage: (world, input, { now }) => {
    const most = wholeOf(input, 'MaxNumberOfMessages', { min: 1, max: 10, otherwise: 1 })
    wholeOf(input, 'WaitTimeSeconds', { min: 0, max: 20, otherwise: 0 })
    const hidden = wholeOf(input, 'VisibilityTimeout', { min: 0, max: 43_200, otherwise: -1 })
    const queue = openQueue(world, queueIn(input), now)
    const visibilityTimeoutMs = hidden < 0 ? undefined : hidden * 1000
    const received = receiveMessages(world, queue.id, { most, visibilityTimeoutMs, now })
    return received.length === 0 ? {} : { Messages: received.map((one) => messageView(one)) }
  },
  DeleteMessage: (world, input) => {
    queueIn(input)
    deleteMessage(world, textOf(input, 'ReceiptHandle'))
    return {}
  },
  DeleteMessageBatch: (world, input) => {
    queueIn(input)
    return deleteBatch(world, input['Entries'])
  },
  ChangeMessageVisibility: (world, input, { now }) => {
    queueIn(input)
    const timeoutMs = wholeOf(input, 'VisibilityTimeout', { min: 0, max: 43_200, otherwise: 0 }) * 1000
    if (changeVisibility(world, { receiptHandle: textOf(input, 'ReceiptHandle'), timeoutMs, now })) return {}
    throw new SqsRefusalError('MessageNotInflight', 'The message is not in flight.')
  },
}

function messageView({ message, receiptHandle }: Received): Record<string, unknown> {
  const { messageId, body, attributes, sentAt, firstReceivedAt, receiveCount } = message
  const digest = md5OfAttributes(attributes)
  return {
    MessageId: messageId,
    ReceiptHandle: receiptHandle,
    MD5OfBody: md5OfBody(body),
    Body: body,
    Attributes: {
      SenderId: '437568002678',
      SentTimestamp: String(sentAt),
      ApproximateReceiveCount: String(receiveCount),
      ApproximateFirstReceiveTimestamp: String(firstReceivedAt ?? sentAt),
    },
    ...(digest === undefined ? {} : { MessageAttributes: attributes, MD5OfMessageAttributes: digest }),
  }
}

function deleteBatch(world: World, entries: unknown): Record<string, unknown> {
  const list: unknown[] = Array.isArray(entries) ? entries : []
  if (list.length === 0) throw new SqsRefusalError('EmptyBatchRequest', 'The batch request has no entries.')
  if (list.length > 10)
    throw new SqsRefusalError('TooManyEntriesInBatchRequest', `A batch has at most 10 entries, not ${list.length}.`)
  const inputs = list.map((entry) => (isJsonObject(entry) ? entry : {}))
  if (new Set(inputs.map(({ Id }) => Id)).size < inputs.length)
    throw new SqsRefusalError('BatchEntryIdsNotDistinct', 'Two entries of the batch have the same Id.')
  const successful: unknown[] = []
  const failed: unknown[] = []
  for (const input of inputs) {
    try {
      deleteMessage(world, textOf(input, 'ReceiptHandle'))
      successful.push({ Id: input['Id'] })
    } catch (err) {
      const { code, message } = asRefusal(err)
      failed.push({ Id: input['Id'], SenderFault: true, Code: code, Message: message })
    }
  }
  return { Successful: successful, Failed: failed }
}

function queueIn(input: JsonObject): string {
  const queue = queueOfUrl(textOf(input, 'QueueUrl'))
  if (queue !== undefined) return queue
  throw new SqsRefusalError(
    'InvalidAddress',
    `The address ${quoted(input['QueueUrl'])} is not valid for this endpoint.`,
  )
}

function queueNamed(input: JsonObject, account: unknown): string {
  const queue = queueOfUrl(queueUrl('http://any', `${quoted(account)}/${textOf(input, 'QueueName')}`))
  if (queue !== undefined) return queue
  throw new SqsRefusalError(
    'InvalidParameterValue',
    'A queue name has 1 to 80 letters, digits, hyphens and underscores.',
  )
}

function asRefusal(err: unknown): SqsRefusalError {
  if (err instanceof SqsRefusalError) return err
  if (err instanceof InvalidReceiptError)
    return new SqsRefusalError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.')
  throw err
}
