import { randomUUID } from 'node:crypto'
import { request } from 'node:http'

import { eventually } from '@lockstep/testkit/eventually'
import { type Constellation, type ConstellationOptions, startConstellation } from '@lockstep/testkit/constellation'

import type { AccountPage } from '../src/wire/account.ts'
import type { OrderPage, OrderSummary } from '../src/wire/order.ts'

type Scenario = Parameters<Constellation['load']>[0]

export const seller = 'A1CONSOLE0EU'
export const ukMarketplace = 'A1F83G8C2ARO7P'
/** Everything that an address spells differently. */
export const oddSku = '50% off/A+B #1?&=é'

const skus = ['BOTTLE-1', 'LAMP-1', 'PEN-1', 'RULER-1', oddSku]
const listing = (sku: string, accounts: string[]) => ({ sellerId: seller, sku, accounts, quantity: 10, item: sku })

/** A seller with two accounts, a SKU that both share, an odd one, one that Amazon ships, and one that is not linked. */
const scenario: Scenario = {
  name: 'console',
  sellers: [
    {
      sellerId: seller,
      region: 'EU',
      refreshToken: `Atzr|${seller}`,
      accounts: [
        { name: 'UK', marketplace: 'UK' },
        { name: 'DE', marketplace: 'DE' },
      ],
    },
  ],
  items: skus.map((sku) => ({ sku, title: `Item ${sku}`, onHand: 10 })),
  listings: [
    listing('BOTTLE-1', ['UK', 'DE']),
    ...skus.filter((sku) => sku !== 'BOTTLE-1').map((sku) => listing(sku, ['UK'])),
    { sellerId: seller, sku: 'PEN-1-FBA', accounts: ['UK'], quantity: 40, fulfilledByAmazon: true, item: 'PEN-1' },
    { sellerId: seller, sku: 'STRAY-1', accounts: ['UK'], quantity: 3 },
  ],
}

/** What is asked of the console. */
export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What it answered. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** All of Lockstep, with a shop in it, and the console's own HTTP. */
export interface ConsoleStage extends AsyncDisposable {
  readonly whole: Constellation
  /** http://127.0.0.1:port */
  readonly url: string
  /** Asks as a script would: without the headers of a browser unless they are given. */
  ask(path: string, asked?: Asked): Promise<Answered>
  /** Reads a document; fails with what was refused. */
  read<T>(path: string): Promise<T>
  /** Sends a form as the page does. */
  post(path: string, form: object, key?: string): Promise<Answered>
  /** An order of a buyer, as soon as it has come in. */
  order(lines: readonly { sku: string; quantity: number }[], more?: object): Promise<OrderSummary>
}

/** Starts everything and waits until every listing is in step. */
export async function openConsoleStage(options: ConstellationOptions = {}): Promise<ConsoleStage> {
  await using stack = new AsyncDisposableStack()
  const whole = stack.use(
    await startConstellation({ simulator: { profile: 'demo', orderVisibilityMs: 0 }, ...options }),
  )
  await whole.load(scenario)
  const url = `http://${whole.address('console')}`
  const ask: ConsoleStage['ask'] = (path, asked) => send(url, path, asked)
  const read = async <T>(path: string): Promise<T> => {
    const answer = await ask(path)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tests look at what they read
    return JSON.parse(answer.text) as T
  }
  const stage: Omit<ConsoleStage, typeof Symbol.asyncDispose> = {
    whole,
    url,
    ask,
    read,
    post: (path, form, key = randomUUID()) =>
      ask(path, {
        method: 'POST',
        headers: { origin: url, 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(form),
      }),
    order: (lines, more = {}) => placeOrder(stage, lines, more),
  }
  await untilInStep(stage)
  const owned = stack.move()
  return { ...stage, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

type Stage = Omit<ConsoleStage, typeof Symbol.asyncDispose>

function untilInStep(stage: Stage): Promise<void> {
  return eventually(
    async () => {
      const { accounts } = await stage.read<AccountPage>('/api/accounts')
      for (const { name, push } of accounts) {
        const { in_step: inStep = 0, gated = 0 } = push?.states ?? {}
        if (!push || inStep + gated !== push.linked) throw new Error(`${name}: ${JSON.stringify(push?.states)}`)
      }
    },
    { withinMs: 60_000, everyMs: 250 },
  )
}

async function placeOrder(
  stage: Stage,
  lines: readonly { sku: string; quantity: number }[],
  more: object,
): Promise<OrderSummary> {
  const { orderId } = await stage.whole.sim.placeOrder({
    sellerId: seller,
    marketplaceId: ukMarketplace,
    lines: lines.map((line) => ({ ...line, unitPrice: '9.99' })),
    ...more,
  })
  return eventually(
    async () => {
      await stage.whole.cli('orders', 'sync', 'UK')
      const { orders } = await stage.read<OrderPage>(`/api/orders?search=${orderId}`)
      const [order] = orders
      if (!order) throw new Error(`order ${orderId} has not come in`)
      return order
    },
    { withinMs: 40_000, everyMs: 1_000 },
  )
}

/** Node's own client: fetch would not let the Host be chosen. */
function send(url: string, path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
