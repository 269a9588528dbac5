import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import {
  OrderRefreshServiceClient,
  OrderRefreshServiceService,
  type RefreshOrderRequest,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_refresh_service.ts'
import {
  type CheckReportRequest,
  ReportCheckServiceClient,
  ReportCheckServiceService,
} from '@lockstep/contracts/generated/lockstep/report/v1/report_check_service.ts'
import { openClient } from '@lockstep/rpc/client'
import { unary } from '@lockstep/rpc/handler'
import { startServer } from '@lockstep/rpc/server'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { pino } from 'pino'
import { demoApplication, gatewayStage, type GatewayStage } from '../test/gateway-fixtures.ts'
import { hintQueue } from '../test/hint-queue.ts'
import { startNotifications } from './notifications.ts'
import type { Account } from './store/accounts.ts'

jest.setTimeout(60_000)

const types = [
  'ORDER_CHANGE',
  'LISTINGS_ITEM_MFN_QUANTITY_CHANGE',
  'FEED_PROCESSING_FINISHED',
  'REPORT_PROCESSING_FINISHED',
]

let cleanUp: AsyncDisposableStack
let stage: GatewayStage
let account: Account
let orderAnswers: string[]
const refreshed: RefreshOrderRequest[] = []
const checked: CheckReportRequest[] = []

beforeEach(async () => {
  cleanUp = new AsyncDisposableStack()
  stage = cleanUp.use(await gatewayStage())
  account = await stage.givenAccount('A1HINTS0000EU')
  for (const sku of ['CUP', 'JUG']) {
    const offer = { sellerId: account.sellerId, marketplaceId: account.marketplaceId, asin: 'B000000001', title: sku }
    await stage.sim.putListing({ ...offer, sku, quantity: 50 })
  }
  refreshed.length = 0
  checked.length = 0
  orderAnswers = []
})
afterEach(() => cleanUp.disposeAsync())

/** One process with its notifications on, and the services that it asks, over real gRPC. */
async function start(): Promise<AsyncDisposable> {
  const process = cleanUp.use(new AsyncDisposableStack())
  const server = process.use(
    await startServer({
      port: 0,
      log: pino({ level: 'silent' }),
      services: [
        {
          definition: OrderRefreshServiceService,
          implementation: {
            refreshOrder: unary(async (request: RefreshOrderRequest) => {
              refreshed.push(request)
              const result = orderAnswers.shift() ?? 'received'
              return { result, detail: '', retryAt: result === 'throttled' ? new Date(Date.now() + 300) : undefined }
            }),
          },
        },
        {
          definition: ReportCheckServiceService,
          implementation: {
            checkReport: unary(async (request: CheckReportRequest) => {
              checked.push(request)
              return { isKnown: true }
            }),
          },
        },
      ],
    }),
  )
  const address = `127.0.0.1:${server.port}`
  const { url } = stage.sim
  process.use(
    await startNotifications({
      db: stage.db,
      log: pino({ level: 'silent' }),
      settings: hintQueue(url),
      application: demoApplication.applicationId,
      gateway: stage.openGateway(),
      orderRefresh: process.adopt(openClient(OrderRefreshServiceClient, address), (client) => client.close()),
      reportCheck: process.adopt(openClient(ReportCheckServiceClient, address), (client) => client.close()),
      poke: () => undefined,
      pokeFeeds: () => undefined,
    }),
  )
  return process
}

async function subscriptionState(): Promise<{ state: string; detail: string } | undefined> {
  const { rows } = await sql<{ state: string; detail: string }>`
    select state, detail from notification_subscription where connection_id = ${account.connectionId}`.execute(stage.db)
  return rows[0]
}

async function untilChecked(state: string): Promise<void> {
  await eventually(async () => expect((await subscriptionState())?.state).toBe(state), { withinMs: 45_000 })
}

const calls = async (operation: string) => (await stage.sim.journal({ operation, limit: 100 })).entries

const order = () =>
  stage.sim.placeOrder({
    sellerId: account.sellerId,
    marketplaceId: account.marketplaceId,
    lines: [{ sku: 'CUP', quantity: 1 }],
  })

const hintsDone = async (kind: string) => {
  const { rows } = await sql<{ subject: string; result: string }>`
    select subject, result from notification_hint where kind = ${kind} and next_at is null order by id`.execute(
    stage.db,
  )
  return rows
}

test('a seller is subscribed to every type once, and a later check makes nothing twice', async () => {
  await start()
  await untilChecked('subscribed')

  await sql`update notification_subscription set next_at = now(), checked_at = null`.execute(stage.db)
  await eventually(
    async () => {
      const { rows } = await sql`select from notification_subscription where checked_at is not null`.execute(stage.db)
      expect(rows).toHaveLength(1)
    },
    { withinMs: 30_000 },
  )

  const made = (await calls('createSubscription')).map(({ path, status }) => [path.split('/').at(-1), status])
  expect(made).toEqual(types.map((type) => [type, 200]))
  expect(await calls('createDestination')).toHaveLength(1)
})

test('[S003-49] a type that the seller’s roles do not cover is named; the others are subscribed to', async () => {
  await stage.sim.changeRoles({ sellerId: account.sellerId, revoke: ['Product Listing'] })
  await start()
  await untilChecked('partly')

  expect((await subscriptionState())?.detail).toMatch(/^LISTINGS_ITEM_MFN_QUANTITY_CHANGE: .*role/)
})

test('[R12] a new order is heard of and read by its id; repeated and delayed deliveries lead to one read', async () => {
  await start()
  await untilChecked('subscribed')
  await stage.sim.changeSettings({ notificationDuplicates: 1, notificationDelayMs: 200 })

  const { orderId } = await order()

  await eventually(async () => expect(await hintsDone('order')).toEqual([{ subject: orderId, result: 'received' }]))
  await eventually(async () =>
    expect((await stage.sim.queues())[0]).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 }),
  )
  expect(refreshed).toMatchObject([{ connectionId: account.connectionId, channelOrderId: orderId }])
  const { rows } = await sql`select from notification_seen`.execute(stage.db)
  expect(rows.length).toBeGreaterThan(0)
})

test('an order that cannot be read yet is asked for again; a process that stops leaves its hints to the next one', async () => {
  orderAnswers = ['throttled', 'throttled']
  const first = await start()
  await untilChecked('subscribed')
  const { orderId } = await order()
  await eventually(async () => expect(refreshed.length).toBeGreaterThan(0))
  await first[Symbol.asyncDispose]()

  await start()

  await eventually(async () => expect(await hintsDone('order')).toEqual([{ subject: orderId, result: 'received' }]))
  expect(refreshed.length).toBe(3)
})

function sqs(): { client: SQSClient; QueueUrl: string } {
  const { url } = stage.sim
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
  const client = new SQSClient({ endpoint: `${url}/_sqs`, region: 'eu-west-1', credentials, maxAttempts: 1 })
  cleanUp.defer(() => client.destroy())
  return { client, QueueUrl: hintQueue(url).queueUrl }
}

test('messages that make no sense are dropped, and what comes after them is heard', async () => {
  const { client, QueueUrl } = sqs()
  const bodies = ['no json', '{}', '[]', JSON.stringify({ notificationType: 'ORDER_CHANGE' }), '\uFFFD']
  for (const MessageBody of bodies) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }))
  await start()
  await untilChecked('subscribed')

  const { orderId } = await order()

  await eventually(async () => expect(await hintsDone('order')).toMatchObject([{ subject: orderId }]))
  await eventually(async () => expect((await stage.sim.queues())[0]).toMatchObject({ visible: 0, inFlight: 0 }))
})

test('[R12] a message is removed only after its hint is stored: one that is delivered again changes nothing', async () => {
  const first = await start()
  await untilChecked('subscribed')
  await first[Symbol.asyncDispose]()
  const { orderId } = await order()
  const { client, QueueUrl } = sqs()
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
  )
  const body = Messages.map(({ Body = '' }) => Body).find((text) => text.includes(orderId)) ?? ''
  await start()
  await eventually(async () => expect(await hintsDone('order')).toMatchObject([{ subject: orderId }]))

  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: body }))
  await eventually(async () => expect((await stage.sim.queues())[0]).toMatchObject({ visible: 0, inFlight: 0 }))

  expect(body).not.toBe('')
  expect(refreshed).toHaveLength(1)
})

test('a report that is done is asked about with the accounts of its seller', async () => {
  await start()
  await untilChecked('subscribed')
  await stage.sim.changeSettings({ reportMs: 0 })
  const { url } = stage.sim
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: `Atzr|${account.sellerId}`,
    client_id: demoApplication.clientId,
    client_secret: demoApplication.clientSecret,
  })
  const token = (await (await fetch(`${url}/auth/o2/token`, { method: 'POST', body })).json()) as {
    access_token: string
  }
  await fetch(`${url}/reports/2021-06-30/reports`, {
    method: 'POST',
    headers: { 'x-amz-access-token': token.access_token, 'content-type': 'application/json' },
    body: JSON.stringify({ reportType: 'GET_MERCHANT_LISTINGS_ALL_DATA', marketplaceIds: [account.marketplaceId] }),
  })

  await eventually(async () => expect(checked).toMatchObject([{ accountIds: [account.id] }]))
})
