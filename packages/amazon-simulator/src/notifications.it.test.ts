import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { simulatorControl, type SimulatorControl } from './control-client.ts'
import { startSimulatorServer, type SimulatorOptions } from './server.ts'

const sellerId = 'A1DEMO0000EU'
const uk = 'A1F83G8C2ARO7P'
const refreshToken = `Atzr|demo-${sellerId}`
const arn = 'arn:aws:sqs:eu-west-1:123456789012:hints'
let folder: string
let cleanUp: AsyncDisposableStack

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amazon-simulator-'))
  cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }))
})

afterEach(() => cleanUp.disposeAsync())

async function start(options: Partial<SimulatorOptions> = {}): Promise<SimulatorControl> {
  const server = cleanUp.use(await startSimulatorServer({ port: 0, seed: 'it', ...options }))
  return simulatorControl(server.url)
}

function sqsAt(url: string): SQSClient {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  const client = new SQSClient({ endpoint: `${url}/_sqs`, region: 'eu-west-1', credentials, maxAttempts: 1 })
  cleanUp.defer(() => client.destroy())
  return client
}

const queueAt = (url: string, name = 'hints'): string => `${url}/_sqs/123456789012/${name}`

async function receive(sqs: SQSClient, queueUrl: string, more: object = {}): Promise<Message[]> {
  const wanted = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'], ...more }
  return (await sqs.send(new ReceiveMessageCommand(wanted))).Messages ?? []
}

async function token(url: string, form: Record<string, string>): Promise<Record<string, string>> {
  const body = new URLSearchParams({ client_id: 'app', client_secret: 's', ...form })
  return (await (await fetch(`${url}/auth/o2/token`, { method: 'POST', body })).json()) as Record<string, string>
}

async function post(url: string, accessToken: string | undefined, body: object): Promise<Record<string, string>> {
  const headers = { 'x-amz-access-token': accessToken ?? '', 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return ((await answer.json()) as { payload: Record<string, string> }).payload
}

/** One seller with a listing, subscribed to ORDER_CHANGE. */
async function subscribed(sim: SimulatorControl): Promise<void> {
  const { url } = sim
  await sim.putSeller({ sellerId, region: 'EU', marketplaceIds: [uk], refreshToken })
  await sim.putListing({ sellerId, sku: 'CUP', marketplaceId: uk, asin: 'B000000001', title: 'Cup', quantity: 50 })
  const application = await token(url, { grant_type: 'client_credentials', scope: 'sellingpartnerapi::notifications' })
  const seller = await token(url, { grant_type: 'refresh_token', refresh_token: refreshToken })
  const resource = { name: 'hints', resourceSpecification: { sqs: { arn } } }
  const { destinationId } = await post(`${url}/notifications/v1/destinations`, application['access_token'], resource)
  const path = `${url}/notifications/v1/subscriptions/ORDER_CHANGE`
  await post(path, seller['access_token'], { payloadVersion: '1.0', destinationId })
}

const order = (sim: SimulatorControl) =>
  sim.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku: 'CUP', quantity: 1 }] })

test('the AWS client sends, receives with attributes, and deletes; it checks the digests of bodies itself', async () => {
  const { url } = await start()
  const sqs = sqsAt(url)
  const { QueueUrl } = await sqs.send(
    new GetQueueUrlCommand({ QueueName: 'hints', QueueOwnerAWSAccountId: '123456789012' }),
  )
  const attributes = {
    source: { DataType: 'String', StringValue: 'test' },
    bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2, 3) },
  }
  const sent = await sqs.send(
    new SendMessageCommand({ QueueUrl, MessageBody: '{"grüße":"☕"}', MessageAttributes: attributes }),
  )

  const [message] = await receive(sqs, QueueUrl ?? '')

  expect(QueueUrl).toBe(queueAt(url))
  expect(message).toMatchObject({
    MessageId: sent.MessageId,
    Body: '{"grüße":"☕"}',
    MessageAttributes: attributes,
    MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
    Attributes: { ApproximateReceiveCount: '1' },
  })
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }))
  const counts = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  expect(counts.Attributes).toMatchObject({
    ApproximateNumberOfMessages: '0',
    ApproximateNumberOfMessagesNotVisible: '0',
    QueueArn: arn,
  })
})

test('a message that is not deleted comes back when its visibility timeout is over, and an old handle deletes nothing', async () => {
  const sim = await start({ clock: 'virtual' })
  const sqs = sqsAt(sim.url)
  const QueueUrl = queueAt(sim.url)
  await sqs.send(new CreateQueueCommand({ QueueName: 'hints' }))
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'once' }))

  const [first] = await receive(sqs, QueueUrl)
  expect(await receive(sqs, QueueUrl)).toEqual([])
  await sim.advanceClock(30_000)
  const [second] = await receive(sqs, QueueUrl, { VisibilityTimeout: 5 })
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }))
  await sim.advanceClock(5000)
  const [third] = await receive(sqs, QueueUrl)
  await sqs.send(
    new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: third?.ReceiptHandle, VisibilityTimeout: 0 }),
  )
  const [fourth] = await receive(sqs, QueueUrl)

  expect([first, second, third, fourth].map((one) => one?.MessageId)).toEqual(Array(4).fill(first?.MessageId))
  expect(fourth?.Attributes?.['ApproximateReceiveCount']).toBe('4')
})

test('a batch deletes what it can and names what it cannot', async () => {
  const { url } = await start()
  const sqs = sqsAt(url)
  const QueueUrl = queueAt(url)
  for (const MessageBody of ['a', 'b']) await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
  const messages = await receive(sqs, QueueUrl)

  const Entries = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }))
  const deleted = await sqs.send(
    new DeleteMessageBatchCommand({ QueueUrl, Entries: [...Entries, { Id: 'bad', ReceiptHandle: 'none' }] }),
  )

  expect(deleted.Successful).toHaveLength(2)
  expect(deleted.Failed).toMatchObject([{ Id: 'bad', Code: 'ReceiptHandleIsInvalid', SenderFault: true }])
  await expect(receive(sqs, QueueUrl, { MaxNumberOfMessages: 11 })).rejects.toMatchObject({
    name: 'InvalidParameterValue',
  })
  await expect(sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [] }))).rejects.toMatchObject({
    name: 'EmptyBatchRequest',
  })
})

test('a long poll ends as soon as a notification is there', async () => {
  const sim = await start()
  await subscribed(sim)
  const sqs = sqsAt(sim.url)

  const startedAt = performance.now()
  const waiting = receive(sqs, queueAt(sim.url), { WaitTimeSeconds: 20 })
  const { orderId } = await order(sim)
  const [message] = await waiting

  expect(JSON.parse(message?.Body ?? '')).toMatchObject({
    Payload: { OrderChangeNotification: { AmazonOrderId: orderId, OrderChangeType: 'OrderStatusChange' } },
  })
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  expect(await receive(sqs, queueAt(sim.url, 'other'), { WaitTimeSeconds: 1 })).toEqual([])
})

/** A queue is made by the first call that names it, so its being there shows that the call has arrived. */
async function untilQueueExists(sim: SimulatorControl): Promise<void> {
  const deadline = performance.now() + 10_000
  while ((await sim.queues()).length === 0) if (performance.now() > deadline) throw new Error('no queue after 10 s')
}

test('a caller that hangs up during its long poll takes no message with it', async () => {
  const sim = await start()
  await subscribed(sim)
  const sqs = sqsAt(sim.url)
  const hangUp = new AbortController()

  const command = new ReceiveMessageCommand({ QueueUrl: queueAt(sim.url), WaitTimeSeconds: 20 })
  const waiting = sqs.send(command, { abortSignal: hangUp.signal }).catch((err: unknown) => err)
  await untilQueueExists(sim)
  hangUp.abort()
  const outcome = await waiting
  await order(sim)
  const until = performance.now() + 300
  const visible = new Set<number | undefined>()
  while (performance.now() < until) visible.add((await sim.queues())[0]?.visible)

  expect(outcome).toMatchObject({ name: 'AbortError' })
  expect([...visible]).toEqual([1])
  expect(await receive(sqs, queueAt(sim.url), { WaitTimeSeconds: 5 })).toHaveLength(1)
})

/** Starts the simulator as its own process and waits for its address. */
async function startProcess(stateFile: string): Promise<{ child: ChildProcess; sim: SimulatorControl }> {
  const env = { ...process.env, SIMULATOR_PORT: '0', SIMULATOR_STATE_FILE: stateFile }
  const main = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  cleanUp.defer(() => void child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, sim: simulatorControl(/http:\S+/.exec(line.toString())?.[0] ?? '') }
}

test('subscriptions, waiting messages and consents survive the death of the process', async () => {
  const stateFile = join(folder, 'state.sqlite')
  const before = await startProcess(stateFile)
  await subscribed(before.sim)
  const { orderId } = await order(before.sim)
  const code = await consentCode(before.sim.url)
  before.child.kill('SIGKILL')
  await once(before.child, 'exit')
  const { sim } = await startProcess(stateFile)
  await sim.cancelOrder(orderId)

  const messages = await receive(sqsAt(sim.url), queueAt(sim.url))
  const exchanged = await token(sim.url, { grant_type: 'authorization_code', code })

  const statuses = messages.map(({ Body }) => /"OrderStatus":"(\w+)"/.exec(Body ?? '')?.[1])
  expect(statuses).toEqual(['Unshipped', 'Canceled'])
  expect(exchanged['refresh_token']).toMatch(/^Atzr\|/)
})

const consentQuery = new URLSearchParams({
  application_id: 'amzn1.sellerapps.app.1',
  state: 'a&b=c',
  redirect_uri: 'http://127.0.0.1:7300/connect?from=amazon',
})

async function consentCode(url: string): Promise<string> {
  const body = new URLSearchParams({ seller: `${sellerId}|EU` })
  const target = `${url}/apps/authorize/consent?${consentQuery.toString()}`
  const answer = await fetch(target, { method: 'POST', body, redirect: 'manual' })
  return new URL(answer.headers.get('location') ?? '').searchParams.get('spapi_oauth_code') ?? ''
}

test('the consent page names the sellers, and confirming leads back with state, seller and code', async () => {
  const sim = await start()
  await subscribed(sim)
  const target = `${sim.url}/apps/authorize/consent?${consentQuery.toString()}`

  const page = await fetch(target)
  const text = await page.text()
  const body = new URLSearchParams({ seller: `${sellerId}|EU` })
  const confirmed = await fetch(target, { method: 'POST', body, redirect: 'manual' })
  const back = new URL(confirmed.headers.get('location') ?? '')

  expect(text).toContain(`Simulated seller ${sellerId}`)
  expect(text).toContain('This is a simulator, not Amazon.')
  expect(page.headers.get('content-security-policy')).toContain("form-action 'self' http://127.0.0.1:7300")
  expect([confirmed.status, confirmed.headers.get('referrer-policy')]).toEqual([303, 'no-referrer'])
  expect(`${back.origin}${back.pathname}`).toBe('http://127.0.0.1:7300/connect')
  expect(Object.fromEntries(back.searchParams)).toEqual({
    from: 'amazon',
    state: 'a&b=c',
    selling_partner_id: sellerId,
    spapi_oauth_code: expect.stringMatching(/^[0-9a-f]{40}$/),
  })
})

test('the consent page shows Seller Central’s codes', async () => {
  const sim = await start()
  await sim.changeApplication({ draft: true, redirectUris: ['https://example.org/'] })
  const draft = await fetch(`${sim.url}/apps/authorize/consent?${consentQuery.toString()}`)
  const beta = await fetch(`${sim.url}/apps/authorize/consent?${consentQuery.toString()}&version=beta`)

  expect([draft.status, (await draft.text()).includes('MD1000')]).toEqual([400, true])
  expect([beta.status, (await beta.text()).includes('MD5101')]).toEqual([400, true])
})
