import type { World } from '../world.ts'
import type { Queue, QueueMessage } from './records.ts'

/** A queue keeps messages for four days, as SQS does by default. */
const retentionMs = 4 * 24 * 3600 * 1000
const defaultVisibilityTimeoutMs = 30_000
/** Beyond this the oldest message goes: nobody reads this queue. */
const mostMessages = 50_000

/** The queue with this id; it is made when it is not there. */
export function openQueue(world: World, id: string, now: number): Queue {
  const known = world.queues.find(id)
  if (known) return known
  const queue: Queue = { id, visibilityTimeoutMs: defaultVisibilityTimeoutMs, createdAt: now }
  world.queues.save(queue)
  return queue
}

/** Puts a message into a queue, to be seen from an instant on. */
export function placeMessage(
  world: World,
  message: Pick<QueueMessage, 'queue' | 'messageId' | 'body' | 'attributes' | 'sentAt'>,
  visibleAt: number,
): void {
  openQueue(world, message.queue, message.sentAt)
  const row = {
    ...message,
    rowId: world.ids.running('queue-row'),
    visibleAt,
    receiveCount: 0,
    firstReceivedAt: null,
  }
  world.queueMessages.save(row)
  const all = world.queueMessages.inGroup(message.queue)
  if (all.length > mostMessages) world.queueMessages.remove(all.reduce((a, b) => (a.sentAt <= b.sentAt ? a : b)))
}

/** A received message with the handle that deletes it. */
export interface Received {
  message: QueueMessage
  receiptHandle: string
}

/** Takes up to `most` visible messages and hides them for a while. A queue is no sequence: there is no order to rely on. */
export function receiveMessages(
  world: World,
  queue: string,
  call: { most: number; visibilityTimeoutMs: number | undefined; now: number },
): Received[] {
  const { most, now } = call
  const hideMs = call.visibilityTimeoutMs ?? openQueue(world, queue, now).visibilityTimeoutMs
  const received: Received[] = []
  for (const message of world.queueMessages.inGroup(queue)) {
    if (message.sentAt + retentionMs < now) {
      world.queueMessages.remove(message)
      continue
    }
    if (message.visibleAt > now || received.length === most) continue
    message.receiveCount++
    message.firstReceivedAt ??= now
    message.visibleAt = now + hideMs
    world.queueMessages.save(message)
    received.push({ message, receiptHandle: handleOf(world, message) })
  }
  return received
}

/** Deletes by the handle of the latest receipt; an older handle deletes nothing and is no error, as on SQS. Throws when it is none. */
export function deleteMessage(world: World, receiptHandle: string): void {
  const message = findByHandle(world, receiptHandle)
  if (message) world.queueMessages.remove(message)
}

/** Hides a received message for longer or shows it again. False when the handle is out of date or the message is visible. */
export function changeVisibility(
  world: World,
  call: { receiptHandle: string; timeoutMs: number; now: number },
): boolean {
  const message = findByHandle(world, call.receiptHandle)
  if (!message || message.visibleAt <= call.now) return false
  message.visibleAt = call.now + call.timeoutMs
  world.queueMessages.save(message)
  return true
}

/** How many messages wait, are hidden after a receipt, or are still on their way. */
export function countMessages(
  world: World,
  queue: string,
  now: number,
): { visible: number; inFlight: number; delayed: number } {
  const messages = world.queueMessages.inGroup(queue)
  const visible = messages.filter(({ visibleAt }) => visibleAt <= now).length
  const hidden = messages.filter(({ visibleAt }) => visibleAt > now)
  const inFlight = hidden.filter(({ receiveCount }) => receiveCount > 0).length
  return { visible, inFlight, delayed: hidden.length - inFlight }
}

/** The handle is none that this server gave out. */
export class InvalidReceiptError extends Error {
  override name = 'InvalidReceiptError'
}

function handleOf(world: World, { rowId, receiveCount }: QueueMessage): string {
  const text = `${rowId}.${receiveCount}`
  return Buffer.from(`${text}.${world.ids.signature(text)}`).toString('base64url')
}

function findByHandle(world: World, receiptHandle: string): QueueMessage | undefined {
  const [rowId, count, signature] = Buffer.from(receiptHandle, 'base64url').toString().split('.')
  if (signature !== world.ids.signature(`${rowId}.${count}`)) throw new InvalidReceiptError(receiptHandle)
  const message = world.queueMessages.find(rowId ?? '')
  return message && String(message.receiveCount) === count ? message : undefined
}
