import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { LocationKind } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { marketplaces, type Scenario } from '@lockstep/local-stack/scenario'
import { call } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import type pg from 'pg'
import { startBenchStack, type BenchStack } from './bench-stack.ts'
import { percentile, type BenchOptions, type Benchmark, type Figure } from './benchmark.ts'
import { type Catalogue, loadConnector, loadInventory, skuOf, titleOf } from './catalogue-load.ts'
import { sellerIdOf, skusOf } from './sellers.ts'

/** How a large catalogue answers, and how long a setting of a large account takes. */
export const catalogue: Benchmark = {
  name: 'catalogue',
  summary: '200,000 items, 3 locations, 3 accounts: why, item search, and a setting that changes 100,000 numbers',
  run,
}

const seller = 'catalogue'
const countries = ['UK', 'DE', 'FR'] as const
const itemCount = 200_000
const listingsPerAccount = 100_000
/** These came by the services and are listed at the simulator: they sell while the setting changes. */
const soldSkus = skusOf(seller, 200)
const onHand = 10_000
const questions = 1_000
const orderEveryMs = 250
// A seller has twenty polls in hand, and then one in three minutes.
const pollEveryMs = 10_000
const settings = { timeoutMs: 120_000, actor: 'bench' }

async function run({ say }: BenchOptions): Promise<Figure[]> {
  await using bench = await startBenchStack()
  say('loading what sells')
  await bench.load(sellingScenario())
  const databases = {
    inventory: await bench.database('inventory'),
    connector: await bench.database('channel-connector'),
  }
  say(`loading ${itemCount.toLocaleString('en-GB')} items`)
  const all = await planCatalogue(bench)
  await Promise.all([loadInventory(databases.inventory, all), loadConnector(databases.connector, all)])
  await settled(databases.connector)
  say(`${questions} times why, ${questions} searches`)
  const why = await askWhy(bench, all)
  const search = await searchItems(bench)
  say(`Stock Percentage of ${all.accounts[0]?.name}, while orders come`)
  const recompute = await changePercentage(bench, databases)
  return [...why, ...search, ...recompute]
}

/** One seller, so that an item sold in two countries is one shared SKU. */
function sellingScenario(): Scenario {
  const sellerId = sellerIdOf(seller)
  const accounts = countries.map((marketplace) => ({ name: `${seller}-${marketplace}`, marketplace }))
  return {
    name: seller,
    sellers: [{ sellerId, region: 'EU', refreshToken: `Atzr|${sellerId}`, accounts }],
    items: soldSkus.map((sku) => ({ sku, title: `Item ${sku}`, onHand })),
    listings: soldSkus.map((sku) => ({ sellerId, sku, accounts: [accountName('UK')], quantity: onHand, item: sku })),
  }
}

const accountName = (country: (typeof countries)[number]) => `${seller}-${country}`

/** Three locations, all mapped; each account sells half of the items, and the halves overlap. */
async function planCatalogue({ clients }: BenchStack): Promise<Catalogue> {
  for (const name of ['North', 'South']) {
    await call(
      clients.inventory,
      'createLocation',
      { idempotencyKey: randomUUID(), name, kind: LocationKind.OWN },
      settings,
    )
  }
  const page = { size: 100, token: '' }
  const { locations } = await call(clients.inventory, 'listLocations', {}, { ...settings, readOnly: true })
  for (const country of countries) {
    const names = locations.map(({ name }) => name)
    const command = { account: accountName(country), locations: names, orderLocation: '', idempotencyKey: randomUUID() }
    await call(clients.accounts, 'mapLocations', command, settings)
  }
  const { accounts } = await call(clients.accounts, 'listAccounts', { page }, { ...settings, readOnly: true })
  const firstItem = soldSkus.length
  return {
    locations: locations.map(({ id, name }) => ({ id, name })),
    connectionId: accounts[0]?.connectionId ?? '',
    itemCount,
    firstItem,
    accounts: countries.map((country, place) => {
      const { id = '', name = '', marketplaceId = '' } = accounts.find((one) => one.name === accountName(country)) ?? {}
      const fromItem = place * (itemCount - listingsPerAccount) * 0.5
      return { id, name, marketplaceId, fromItem, toItem: fromItem + listingsPerAccount }
    }),
  }
}

/** The numbers of the locations mapped anew are computed. */
async function settled(connector: pg.Client): Promise<void> {
  await eventually(
    async () => {
      const { rows } = await connector.query(
        `(select from group_state where recompute_at is not null limit 1) union all (select from recompute_mark limit 1)`,
      )
      if (rows.length > 0) throw new Error('some numbers are not computed yet')
    },
    { withinMs: 120_000, everyMs: 500 },
  )
}

async function countOf(client: pg.Client, statement: string, values: unknown[] = []): Promise<number> {
  const { rows } = await client.query<{ n: string }>(statement, values)
  return Number(rows[0]?.n)
}

async function askWhy({ clients }: BenchStack, { accounts, firstItem }: Catalogue): Promise<Figure[]> {
  const took: number[] = []
  for (let question = 0; question < questions; question += 1) {
    const { id: account, fromItem, toItem } = accounts[question % accounts.length] ?? accounts[0] ?? missing()
    const from = Math.max(fromItem, firstItem)
    const channelSku = skuOf(from + ((question * 7_919) % (toItem - from)))
    const startedAt = performance.now()
    const answer = await call(
      clients.sync,
      'explainListing',
      { account, channelSku, at: undefined },
      { ...settings, readOnly: true },
    )
    took.push(performance.now() - startedAt)
    if (answer.steps.length === 0) throw new Error(`nothing explains ${channelSku}`)
  }
  return [
    { name: 'why_p50_ms', value: percentile(took, 0.5) },
    { name: 'why_p95_ms', value: percentile(took, 0.95), bar: { atMost: 50 } },
  ]
}

function missing(): never {
  throw new Error('there are no accounts')
}

/** A part of a SKU, a part of a title that some have, one that a single item has, and one that none has. */
function wordsOf(question: number): string {
  const item = soldSkus.length + ((question * 104_729) % (itemCount - soldSkus.length))
  const asked = [
    skuOf(item),
    titleOf(item),
    `model ${item}x`,
    skuOf(item).slice(4).toLowerCase(),
    titleOf(item).split(' ')[0] ?? '',
  ]
  return asked[question % asked.length] ?? ''
}

async function searchItems({ clients }: BenchStack): Promise<Figure[]> {
  const took: number[] = []
  const page = { size: 100, token: '' }
  for (let question = 0; question < questions; question += 1) {
    const startedAt = performance.now()
    await call(clients.inventory, 'listItems', { search: wordsOf(question), page }, { ...settings, readOnly: true })
    took.push(performance.now() - startedAt)
  }
  return [
    { name: 'search_p50_ms', value: percentile(took, 0.5) },
    { name: 'search_p95_ms', value: percentile(took, 0.95), bar: { atMost: 100 } },
  ]
}

async function changePercentage(
  bench: BenchStack,
  { inventory, connector }: { inventory: pg.Client; connector: pg.Client },
): Promise<Figure[]> {
  const account = accountName('UK')
  const orders = startOrders(bench)
  await delay(pollEveryMs)
  const before = await countOf(connector, `select coalesce(max(id), 0) as n from computation`)
  const startedAt = performance.now()
  const command = {
    idempotencyKey: randomUUID(),
    account,
    stockPercentage: 50,
    confirmation: '',
    zerosConfirmation: '',
  }
  await call(bench.clients.accounts, 'updateAccountSettings', command, settings)
  const answered = (performance.now() - startedAt) / 1_000
  await settled(connector)
  const seconds = (performance.now() - startedAt) / 1_000
  const placed = await orders.stop()
  const computed = await countOf(
    connector,
    `select count(distinct group_id) as n from computation
      where id > $1 and record -> 'computation' -> 'cause' ->> 'kind' = 'setting_changed'`,
    [before],
  )
  const reserved = await reservedAfter(inventory, placed)
  const lags = [...placed].flatMap(([order, at]) => ((to) => (to === undefined ? [] : [to - at]))(reserved.get(order)))
  return [
    { name: 'setting_answered_s', value: answered },
    { name: 'setting_recomputed_s', value: seconds, bar: { atMost: 60 } },
    { name: 'numbers_recomputed', value: computed, bar: { atLeast: listingsPerAccount } },
    { name: 'orders_meanwhile', value: placed.size },
    { name: 'orders_lost', value: placed.size - lags.length, bar: { atMost: 0 } },
    { name: 'order_to_reservation_p95_s', value: percentile(lags, 0.95) / 1_000 },
  ]
}

/** Buyers, and polls of their orders. Answers when each was placed. */
function startOrders(bench: BenchStack): { stop(): Promise<Map<string, number>> } {
  const placed = new Map<string, number>()
  const state = { isStopping: false }
  const sellerId = sellerIdOf(seller)
  const repeat = async (everyMs: number, work: () => Promise<void>): Promise<void> => {
    while (!state.isStopping) {
      await work()
      await delay(everyMs)
    }
  }
  const buy = async (): Promise<void> => {
    const lines = [{ sku: soldSkus[placed.size % soldSkus.length] ?? '', quantity: 1 }]
    const { orderId } = await bench.sim.placeOrder({ sellerId, marketplaceId: marketplaces.UK.id, lines })
    placed.set(orderId, Date.now())
  }
  const running = Promise.all([repeat(orderEveryMs, buy), repeat(pollEveryMs, () => pollOrders(bench))])
  return {
    async stop() {
      state.isStopping = true
      await running
      // In the demo profile an order can be seen after five seconds.
      await delay(6_000)
      await pollOrders(bench)
      return placed
    },
  }
}

async function pollOrders({ clients }: BenchStack): Promise<void> {
  const { accounts } = await call(
    clients.accounts,
    'listAccounts',
    { page: { size: 100, token: '' } },
    { ...settings, readOnly: true },
  )
  const accountId = accounts.find(({ name }) => name === accountName('UK'))?.id ?? ''
  await call(clients.orders, 'syncOrders', { idempotencyKey: randomUUID(), accountId }, settings)
}

/** When the ledger first reserved for each of these orders, by Amazon's id. */
async function reservedAfter(inventory: pg.Client, placed: ReadonlyMap<string, number>): Promise<Map<string, number>> {
  const read = async () => {
    const { rows } = await inventory.query<{ note: string; at: Date }>(
      `select cause ->> 'note' as note, min(at) as at from stock_movement where cause ->> 'kind' = 'order_reserved' group by 1`,
    )
    return new Map(rows.map(({ note, at }) => [note, at.getTime()]))
  }
  await eventually(
    async () => {
      const found = await read()
      if ([...placed.keys()].some((order) => !found.has(order))) throw new Error('an order is not reserved yet')
    },
    // With no poll in hand any more the next one is up to three minutes off: late is not lost.
    { withinMs: 240_000, everyMs: 1_000 },
  ).catch(() => undefined)
  return read()
}
