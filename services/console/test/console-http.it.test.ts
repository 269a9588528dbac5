import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { call } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'

import type { AccountPage } from '../src/wire/account.ts'
import type { ErrorAnswer, Refused } from '../src/wire/error.ts'
import type { Explanation } from '../src/wire/explanation.ts'
import type { ListingPage } from '../src/wire/listing.ts'
import type { AuditPage, DespatchAnswer, OrderAnswer, OrderPage } from '../src/wire/order.ts'
import { type Answered, type ConsoleStage, oddSku, openConsoleStage, seller } from './console-stage.ts'
import { listen } from './event-stream.ts'

jest.setTimeout(60_000)

let stage: ConsoleStage

beforeAll(async () => {
  stage = await openConsoleStage({ broker: 'own' })
}, 150_000)
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

const refusalIn = ({ text }: Answered): Refused => (JSON.parse(text) as ErrorAnswer).error
const despatchIn = ({ text }: Answered): string => (JSON.parse(text) as { despatch: DespatchAnswer }).despatch.id
const chainOf = (page: ListingPage, sku: string) =>
  page.listings
    .find(({ channelSku }) => channelSku === sku)
    ?.chain.map(({ name, state, quantity }) => [name, state, quantity])
const whyPath = (account: string, sku: string) => `/api/accounts/${account}/listings/${encodeURIComponent(sku)}/why`
const parcel = { carrier: 'Royal Mail', service: 'Tracked 24', tracking: 'RM1' }

async function setStock(item: string, onHand: number): Promise<void> {
  const request = {
    idempotencyKey: `${item}:${onHand}`,
    lines: [{ item, location: '', onHand: BigInt(onHand) }],
    partial: false,
    note: '',
  }
  await call(stage.whole.clients.inventory, 'setStock', request, { timeoutMs: 5_000 })
}

test('accounts say who sells where, whether they are connected, and how their numbers and orders stand', async () => {
  const { accounts, nextPageToken } = await stage.read<AccountPage>('/api/accounts')

  expect(accounts.map(({ name, sellerId, marketplace }) => [name, sellerId, marketplace])).toEqual([
    ['UK', seller, 'UK'],
    ['DE', seller, 'DE'],
  ])
  expect(accounts[0]).toMatchObject({
    enabled: true,
    updateInventory: true,
    paused: null,
    connection: { state: 'connected', detail: null },
    hasLocations: true,
    push: { linked: 6, states: { in_step: 5, gated: 1 } },
  })
  expect(Date.parse(accounts[0]?.orders?.coveredUntil ?? '')).toBeGreaterThan(0)
  expect(nextPageToken).toBeNull()
})

test('listings come with the totals of the account and the stages of each number', async () => {
  const page = await stage.read<ListingPage>('/api/accounts/UK/listings')

  expect(page).toMatchObject({ account: { name: 'UK' }, active: 7, linked: 6, unlinked: 1, stockKnown: true })
  expect(page.report).toMatchObject({ state: expect.stringMatching(/^(Submitted|Available|Processed)$/), reason: null })
  expect(chainOf(page, 'LAMP-1')?.slice(0, 3)).toEqual([
    ['ledger', 'done', 10],
    ['available', 'done', 10],
    ['desired', 'done', 10],
  ])
  expect(page.listings.find(({ channelSku }) => channelSku === 'PEN-1-FBA')).toMatchObject({
    fba: true,
    state: 'gated',
  })
  expect(page.listings.find(({ channelSku }) => channelSku === 'STRAY-1')).toMatchObject({ item: null, state: 'gated' })
})

test('filter and search are those of the account', async () => {
  const unlinked = await stage.read<ListingPage>('/api/accounts/UK/listings?filter=unlinked')
  const found = await stage.read<ListingPage>('/api/accounts/UK/listings?search=lamp')
  const odd = await stage.read<ListingPage>(`/api/accounts/UK/listings?search=${encodeURIComponent(oddSku)}`)

  expect(unlinked.listings.map(({ channelSku }) => channelSku)).toEqual(['STRAY-1'])
  expect(found.listings.map(({ channelSku }) => channelSku)).toEqual(['LAMP-1'])
  expect(odd.listings.map(({ channelSku }) => channelSku)).toEqual([oddSku])
})

test('a number explains itself, whatever its SKU is spelt with', async () => {
  const why = await stage.read<Explanation>(whyPath('UK', oddSku))

  expect(why).toMatchObject({
    listing: { channelSku: oddSku, item: { sku: oddSku }, sellerId: seller, marketplace: 'UK' },
    state: 'in_step',
    desired: { quantity: 10 },
    movements: [{ onHandAfter: 10, onHandChange: 10, location: 'Default' }],
  })
  expect(why.gates.every(({ open }) => open)).toBe(true)
  expect(why.steps.map(({ step }) => step)).toContain('sum_available')
  expect(why.locations).toEqual([expect.objectContaining({ name: 'Default', available: 10, isOrderLocation: true })])
})

test.each(['%2F', '100%25', 'A%20B', '☕ 1/2', 'x'.repeat(41), '..%2f..'])(
  'a SKU is decoded once: %j is asked for as it is',
  async (sku) => {
    const answer = await stage.ask(whyPath('UK', sku))

    expect(answer.status).toBe(404)
    expect(refusalIn(answer)).toMatchObject({ code: 'LISTING_UNKNOWN', field: 'channel_sku', value: sku })
    expect(refusalIn(answer).next_step).not.toBe('')
  },
)

test.each([
  { path: '/api/accounts/Mars/listings', status: 404, code: 'ACCOUNT_UNKNOWN', field: 'account' },
  { path: '/api/accounts/UK/listings?filter=most', status: 400, code: 'FIELD_INVALID', field: 'filter' },
  { path: '/api/accounts/UK/listings?colour=red', status: 400, code: 'FIELD_INVALID', field: 'colour' },
  { path: '/api/accounts/UK/listings?page=not+ours', status: 400, code: 'PAGE_INVALID', field: 'page.token' },
  { path: '/api/orders?account=Mars', status: 404, code: 'ACCOUNT_UNKNOWN', field: 'account' },
  { path: '/api/orders?state=lost', status: 400, code: 'FIELD_INVALID', field: 'state' },
  { path: '/api/orders/202-0000000-0000000', status: 404, code: 'ORDER_UNKNOWN', field: 'order' },
  { path: '/api/orders/202-0000000-0000000/audit', status: 404, code: 'ORDER_UNKNOWN', field: 'order' },
  { path: '/api/nothing', status: 404, code: 'NOT_FOUND', field: null },
])('$path is refused: $status $code', async ({ path, status, code, field }) => {
  const answer = await stage.ask(path)

  expect(answer.status).toBe(status)
  expect(refusalIn(answer)).toMatchObject({ code, field })
  expect(refusalIn(answer).message).not.toBe('')
  expect(refusalIn(answer).next_step).not.toBe('')
})

test('a change of stock is told to whoever listens, without its number, and shows in the chain', async () => {
  using page = await listen(stage.url)
  await eventually(() => expect(page.heard[0]).toEqual({ event: 'status', data: { hearing: true } }))

  await setStock('LAMP-1', 7)

  await eventually(() => expect(page.hints()).toContainEqual(expect.objectContaining({ entity: 'availability' })))
  await eventually(async () => {
    const listings = await stage.read<ListingPage>('/api/accounts/UK/listings')
    expect(chainOf(listings, 'LAMP-1')).toEqual(
      ['ledger', 'available', 'desired', 'scheduled', 'submitted', 'accepted', 'seen'].map((name) => [name, 'done', 7]),
    )
  })
  const hints = page.hints()
  expect(hints).toContainEqual(expect.objectContaining({ entity: 'listing', verb: 'quantity-accepted' }))
  for (const hint of hints) expect(Object.keys(hint).toSorted()).toEqual(['account', 'entity', 'id', 'verb'])
})

test('[S003-17] an order is shown with its books, processed once however often it is sent, and followed to its end', async () => {
  const { id, channelOrderId } = await stage.order([{ sku: 'BOTTLE-1', quantity: 2 }])
  const before = await eventually(async () => {
    const order = await stage.read<OrderAnswer>(`/api/orders/${id}`)
    expect(order.lines[0]?.books?.reserved).toBe(2)
    return order
  })
  const path = `/api/orders/${channelOrderId}/process`

  const first = await stage.post(path, parcel, 'form-1')
  const again = await stage.post(path, parcel, 'form-1')
  const changed = await stage.post(path, { ...parcel, tracking: 'RM2' }, 'form-1')

  expect(before).toMatchObject({
    canDespatch: true,
    cannotDespatch: null,
    despatches: [],
    order: { location: 'Default' },
  })
  expect(before.lines[0]).toMatchObject({ ordered: 2, open: 2, price: { minor: 999, currency: 'GBP' } })
  expect(first.status).toBe(200)
  expect(again.status).toBe(200)
  expect(despatchIn(again)).toBe(despatchIn(first))
  expect(changed.status).toBe(409)
  expect(refusalIn(changed).code).toBe('IDEMPOTENCY_KEY_REUSED')
  await eventually(
    async () => {
      const { entries } = await stage.read<AuditPage>(`/api/orders/${id}/audit`)
      expect(entries.map(({ text }) => text)).toContain('Order Despatch Submitted')
      const after = await stage.read<OrderAnswer>(`/api/orders/${id}`)
      expect(after.despatches).toHaveLength(1)
      expect(after.lines[0]).toMatchObject({ open: 0, books: { despatched: 2, reserved: 0 } })
      expect(after.cannotDespatch).toMatchObject({ code: 'NOTHING_OPEN' })
    },
    { withinMs: 40_000 },
  )
})

test('part of an order can be processed, and more than is open cannot', async () => {
  const { id } = await stage.order([{ sku: 'RULER-1', quantity: 3 }])
  const { lines } = await stage.read<OrderAnswer>(`/api/orders/${id}`)
  const orderLineId = lines[0]?.id
  const path = `/api/orders/${id}/process`

  const tooMany = await stage.post(path, { ...parcel, lines: [{ orderLineId, quantity: 4 }] })
  const part = await stage.post(path, { ...parcel, lines: [{ orderLineId, quantity: 1 }] })

  expect(tooMany.status).toBe(400)
  expect(refusalIn(tooMany).code).toBe('QUANTITY_NOT_OPEN')
  expect(part.status).toBe(200)
  await eventually(async () => {
    const after = await stage.read<OrderAnswer>(`/api/orders/${id}`)
    expect(after.lines[0]).toMatchObject({ open: 2, books: { despatched: 1, reserved: 2 } })
    expect(after.canDespatch).toBe(true)
  })
})

test('[S003-17] an order that may not be despatched is refused with the reason and the next step', async () => {
  const fba = await stage.order([{ sku: 'PEN-1-FBA', quantity: 1 }], { fulfilledBy: 'AMAZON' })
  const parked = await stage.order([{ sku: 'PEN-1', quantity: 1 }], { status: 'PENDING' })

  const ofAmazon = await stage.post(`/api/orders/${fba.id}/process`, parcel)
  const unpaid = await stage.post(`/api/orders/${parked.id}/process`, parcel)
  const unknown = await stage.post('/api/orders/202-0000000-0000000/process', parcel)

  expect([ofAmazon.status, unpaid.status, unknown.status]).toEqual([409, 409, 404])
  expect(refusalIn(ofAmazon)).toMatchObject({ code: 'FULFILLED_BY_AMAZON' })
  expect(refusalIn(unpaid)).toMatchObject({ code: 'AWAITING_PAYMENT' })
  expect(refusalIn(unknown)).toMatchObject({ code: 'ORDER_UNKNOWN' })
  expect((await stage.read<OrderAnswer>(`/api/orders/${fba.id}`)).cannotDespatch).toEqual({
    code: 'FULFILLED_BY_AMAZON',
    detail: expect.any(String),
    nextStep: expect.any(String),
  })
})

test('a form with something wrong in it is refused with the field, and nothing is done', async () => {
  const { id } = await stage.order([{ sku: 'PEN-1', quantity: 1 }])
  const path = `/api/orders/${id}/process`
  const cases = [
    [{ ...parcel, tracking: '' }, 'TRACKING_MISSING', 'tracking'],
    [{ ...parcel, carrier: '' }, 'CARRIER_MISSING', 'carrier'],
    [{ ...parcel, carrier: 'Other' }, 'CARRIER_NAME_MISSING', 'carrier_name'],
    [{ ...parcel, colour: 'red' }, 'FIELD_INVALID', 'colour'],
    [{ ...parcel, tracking: 7 }, 'FIELD_INVALID', 'tracking'],
    [{ ...parcel, lines: [{ orderLineId: 'oln_1', quantity: 0.5 }] }, 'FIELD_INVALID', 'lines.0.quantity'],
  ] as const
  for (const [form, code, field] of cases) {
    const answer = await stage.post(path, form)
    expect(answer.status).toBe(400)
    expect(refusalIn(answer)).toMatchObject({ code, field })
  }
  const noKey = await stage.post(path, parcel, '')
  const noJson = await stage.ask(path, {
    method: 'POST',
    headers: { origin: stage.url, 'idempotency-key': 'k', 'content-type': 'application/json' },
    body: '{',
  })
  expect(refusalIn(noKey)).toMatchObject({ code: 'FIELD_INVALID', field: 'Idempotency-Key' })
  expect(noJson.status).toBe(400)
  expect(refusalIn(noJson).code).toBe('REQUEST_INVALID')
  expect((await stage.read<OrderAnswer>(`/api/orders/${id}`)).despatches).toEqual([])
})

test('orders are found by account, state, folder and search', async () => {
  const { id, channelOrderId, accountId } = await stage.order([{ sku: oddSku, quantity: 1 }])
  const idsOf = async (wanted: Record<string, string>) => {
    const { orders } = await stage.read<OrderPage>(`/api/orders?${new URLSearchParams(wanted).toString()}`)
    return orders.map((order) => order.id)
  }

  const found = [
    { search: oddSku },
    { search: channelOrderId },
    { account: 'UK', state: 'open', folder: 'FBM' },
    { account: accountId ?? '' },
  ]
  const notFound = [{ account: 'DE' }, { state: 'cancelled' }, { folder: 'FBA' }, { search: 'no such order' }]

  for (const wanted of found) expect(await idsOf(wanted)).toContain(id)
  for (const wanted of notFound) expect(await idsOf(wanted)).not.toContain(id)
})

test('strangers are kept out: other names, other origins, other kinds of body', async () => {
  const { id } = await stage.order([{ sku: 'PEN-1', quantity: 1 }])
  const path = `/api/orders/${id}/process`
  const json = { 'content-type': 'application/json', 'idempotency-key': 'stranger' }
  const form = { method: 'POST', body: JSON.stringify(parcel) }

  const renamed = await stage.ask('/api/accounts', { headers: { host: 'evil.example' } })
  const scripted = await stage.ask(path, { ...form, headers: json })
  const crossed = await stage.ask(path, { ...form, headers: { ...json, origin: 'http://evil.example' } })
  const plain = await stage.ask(path, {
    ...form,
    headers: { ...json, origin: stage.url, 'content-type': 'text/plain' },
  })
  const peeped = await stage.ask('/api/accounts', {
    headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
  })

  expect([renamed.status, scripted.status, crossed.status, plain.status, peeped.status]).toEqual([
    421, 403, 403, 415, 403,
  ])
  expect(refusalIn(renamed)).toMatchObject({ code: 'HOST_REFUSED' })
  expect(refusalIn(crossed)).toMatchObject({ code: 'ORIGIN_REFUSED' })
  expect(renamed.headers['access-control-allow-origin']).toBeUndefined()
  expect((await stage.read<OrderAnswer>(`/api/orders/${id}`)).despatches).toEqual([])
})

test('only so many pages may listen at a time, and a place becomes free when one goes', async () => {
  using pages = new DisposableStack()
  const open = async () => pages.use(await listen(stage.url))
  const first = await open()
  const streams = await Promise.all(Array.from({ length: 63 }, open))

  const oneTooMany = await open()
  first[Symbol.dispose]()

  expect(streams.every(({ status }) => status === 200)).toBe(true)
  expect(oneTooMany.status).toBe(503)
  await eventually(async () => expect((await open()).status).toBe(200))
})

test('a service that is away takes only its own part with it', async () => {
  const { id } = await stage.order([{ sku: 'PEN-1', quantity: 1 }])
  await stage.whole.kill('despatch')
  await stage.whole.kill('inventory')

  const order = await stage.read<OrderAnswer>(`/api/orders/${id}`)
  const listings = await stage.read<ListingPage>('/api/accounts/DE/listings')
  const processed = await stage.post(`/api/orders/${id}/process`, parcel)
  await Promise.all([stage.whole.restart('despatch'), stage.whole.restart('inventory')])

  expect(order).toMatchObject({ despatches: null, order: { channelOrderId: expect.any(String) } })
  expect(order.lines[0]?.books).toBeNull()
  expect(listings.stockKnown).toBe(false)
  expect(chainOf(listings, 'BOTTLE-1')?.slice(0, 3)).toEqual([
    ['ledger', 'ahead', null],
    ['available', 'ahead', null],
    ['desired', 'done', expect.any(Number)],
  ])
  expect(processed.status).toBe(503)
  expect(refusalIn(processed)).toMatchObject({ code: 'PEER_UNAVAILABLE', message: 'despatch does not answer' })
})

test('without a broker the console serves on and says that it hears nothing; afterwards everything is read again', async () => {
  using page = await listen(stage.url)
  await eventually(() => expect(page.heard).toContainEqual({ event: 'status', data: { hearing: true } }))

  await stage.whole.killBroker()
  await eventually(() => expect(page.heard.at(-1)).toEqual({ event: 'status', data: { hearing: false } }))
  const served = await stage.ask('/api/accounts')
  await stage.whole.startBroker()

  expect(served.status).toBe(200)
  await eventually(() => {
    expect(page.heard).toContainEqual({
      event: 'hints',
      data: [{ entity: '*', verb: 'changed', account: null, id: '*' }],
    })
    expect(page.heard.filter(({ event }) => event === 'status').at(-1)?.data).toEqual({ hearing: true })
  })
})

test('it says that it is alive, and tells the page where it runs', async () => {
  expect((await stage.ask('/healthz')).status).toBe(200)
  expect(await stage.read('/api/surroundings')).toEqual({
    simulatorUrl: stage.whole.stack.simulatorUrl,
    actor: expect.any(String),
  })
})

test('a stop ends the streams of the pages and is over at once', async () => {
  using page = await listen(stage.url)
  await eventually(() => expect(page.heard).not.toHaveLength(0))
  const begun = performance.now()

  await stage.whole.kill('console', 'SIGTERM')

  await eventually(() => expect(page.isOver()).toBe(true))
  expect(performance.now() - begun).toBeLessThan(10_000)
  expect(stage.whole.log('console')).not.toMatch(/"level":"(error|fatal)"/)
})
