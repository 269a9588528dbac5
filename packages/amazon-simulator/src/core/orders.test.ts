import { beforeEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addFault } from './control/faults.ts'
import { changeRoles } from './control/sellers.ts'
import { changeSettings } from './control/settings.ts'
import type { JsonObject } from './json.ts'
import { startInProcess, inProcessSeller, type InProcessAmazon } from '../in-process-client.ts'

const { sellerId } = inProcessSeller
const uk = 'A1F83G8C2ARO7P'
const de = 'A1PA6795UKMFR9'
const sku = 'ORDERED'
const visibilityMs = 120_000
let amazon: InProcessAmazon

beforeEach(() => {
  amazon = startInProcess({ settings: { orderVisibilityMs: visibilityMs } })
  for (const marketplaceId of [uk, de]) {
    amazon.simulator.putListing({ sellerId, sku, marketplaceId, asin: 'B000000001', title: 'Thing', quantity: 1000 })
  }
  amazon.simulator.putListing({
    sellerId,
    sku: 'FBA-1',
    marketplaceId: uk,
    asin: 'B000000002',
    title: 'Far',
    quantity: 50,
    fulfillmentChannel: 'AMAZON_EU',
  })
})

const place = (more: JsonObject = {}) =>
  amazon.simulator.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 2 }], ...more }).orderId
const iso = (offsetMs = 0) => new Date(amazon.clock.now() + offsetMs).toISOString()
const search = (params: Record<string, string>) =>
  amazon.call('GET', `/orders/2026-01-01/orders?${new URLSearchParams(params).toString()}`)
const idsIn = (json: JsonObject) => (json['orders'] as { orderId: string }[]).map(({ orderId }) => orderId)
const getOrder = (orderId: string, includedData = 'FULFILLMENT') =>
  amazon.call('GET', `/orders/2026-01-01/orders/${orderId}?includedData=${includedData}`).json['order'] as JsonObject
const errorOf = (answer: { json: JsonObject }) => (answer.json['errors'] as JsonObject[] | undefined)?.[0]
const everything = { lastUpdatedAfter: '2026-01-01T00:00:00Z' }
const byCreation = () => search({ createdAfter: '2026-01-01T00:00:00Z' }).json
const ids = (params: Record<string, string>) => idsIn(search({ ...everything, ...params }).json)
const allDatasets = 'BUYER,RECIPIENT,PROCEEDS,CANCELLATION,FULFILLMENT,PACKAGES,PAYMENT'

test('[T-09] a search without a bound answers up to now minus the visibility delay and echoes that', () => {
  const early = place()
  amazon.clock.advance(visibilityMs)
  place()

  const { json } = search(everything)
  expect(idsIn(json)).toEqual([early])
  expect(json['lastUpdatedBefore']).toBe(iso(-visibilityMs).replace('.000Z', 'Z'))
})

test('a search by creation echoes createdBefore and shows no order early that was placed with an old time', () => {
  const orderId = place({ createdAt: '2026-02-01T00:00:00Z' })

  expect(idsIn(byCreation())).toEqual([])
  amazon.clock.advance(visibilityMs)
  expect(idsIn(byCreation())).toEqual([orderId])
  expect(byCreation()).toHaveProperty('createdBefore')
})

test('[T-03] an order can be read by id before any search shows it', () => {
  const orderId = place()

  expect(idsIn(search(everything).json)).toEqual([])
  expect(getOrder(orderId)).toMatchObject({ orderId, fulfillment: { fulfillmentStatus: 'UNSHIPPED' } })
})

test('[T-08] [T-09] polling from the echoed bound misses no change, whatever the delay', () => {
  const steps = fc.array(
    fc.tuple(fc.constantFrom('place', 'pay', 'cancel', 'poll'), fc.integer({ min: 0, max: 4000 })),
    { minLength: 5, maxLength: 60 },
  )
  fc.assert(
    fc.property(steps, fc.constantFrom(0, 500, 5000, 120_000), (plan, orderVisibilityMs) => {
      const own = startInProcess({ settings: { orderVisibilityMs } })
      own.simulator.putListing({ sellerId, sku, marketplaceId: uk, asin: 'B000000001', title: 'Thing', quantity: 1000 })
      const orderIds: string[] = []
      const seen = new Map<string, string>()
      let cursor = own.clock.now()
      const poll = () => {
        const page = own.simulator.searchOrders({ sellerId, lastUpdatedAfter: cursor })
        for (const order of page.orders) seen.set(order.orderId, order.status)
        cursor = Math.max(cursor, page.bound)
      }
      for (const [action, gapMs] of plan) {
        own.clock.advance(gapMs)
        const pending = orderIds.filter((id) => own.simulator.order(id).status === 'PENDING')
        const target = pending[gapMs % Math.max(1, pending.length)]
        if (action === 'poll') poll()
        else if (action === 'place' || target === undefined) {
          orderIds.push(
            own.simulator.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 1 }], status: 'PENDING' })
              .orderId,
          )
        } else own.simulator.changeOrder(target, action)
      }
      own.clock.advance(orderVisibilityMs + 1000)
      poll()
      for (const orderId of orderIds)
        expect([orderId, seen.get(orderId)]).toEqual([orderId, own.simulator.order(orderId).status])
    }),
  )
})

test('[T-10] pages show every order once; after a 429 the same token goes on', () => {
  const orderIds = Array.from({ length: 25 }, () => place())
  amazon.clock.advance(visibilityMs)
  const seen: string[] = []
  let token: string | undefined
  for (let page = 1; page <= 5; page++) {
    if (page === 3)
      addFault(
        amazon.simulator.world,
        { match: { operation: 'searchOrders' }, action: 'throttle', count: 1 },
        amazon.clock.now(),
      )
    const params = { ...everything, maxResultsPerPage: '5', ...(token === undefined ? {} : { paginationToken: token }) }
    if (page === 3) expect(search(params).status).toBe(429)
    const { json } = search(params)
    seen.push(...idsIn(json))
    token = (json['pagination'] as { nextToken: string } | undefined)?.nextToken
  }

  expect(seen.toSorted()).toEqual(orderIds.toSorted())
  expect(token).toBeUndefined()
})

test('[T-05] a pagination token dies after 24 hours, with other parameters and when it is altered', () => {
  Array.from({ length: 3 }, () => place())
  amazon.clock.advance(visibilityMs)
  const { nextToken } = search({ ...everything, maxResultsPerPage: '1' }).json['pagination'] as { nextToken: string }
  const next = (params: Record<string, string>) =>
    search({ ...everything, paginationToken: nextToken, ...params }).status

  expect(next({ maxResultsPerPage: '2', includedData: 'FULFILLMENT' })).toBe(200)
  expect(next({ marketplaceIds: uk })).toBe(400)
  expect(next({ lastUpdatedAfter: '2026-01-02T00:00:00Z' })).toBe(400)
  expect(next({ paginationToken: `${nextToken.slice(0, -2)}AA` })).toBe(400)
  amazon.clock.advance(24 * 3_600_000 + 1)
  amazon.forgetToken()
  expect(next({})).toBe(400)
})

test.each([
  ['neither time', {}],
  ['both times', { createdAfter: '2026-01-01', lastUpdatedAfter: '2026-01-01' }],
  ['a bound of the other kind', { lastUpdatedAfter: '2026-01-01', createdBefore: '2026-01-02' }],
  ['a bound before the start', { lastUpdatedAfter: '2026-01-02', lastUpdatedBefore: '2026-01-01' }],
  ['a date that is none', { lastUpdatedAfter: 'yesterday' }],
  ['an unknown status', { ...everything, fulfillmentStatuses: 'Shipped' }],
  ['an unknown fulfiller', { ...everything, fulfilledBy: 'AFN' }],
  ['an unknown dataset', { ...everything, includedData: 'ADDRESS' }],
  ['101 results a page', { ...everything, maxResultsPerPage: '101' }],
  ['51 marketplaces', { ...everything, marketplaceIds: Array.from({ length: 51 }, () => uk).join(',') }],
])('a search with %s answers 400', (_name, params) => {
  const answer = search(params)

  expect(answer.status).toBe(400)
  expect(errorOf(answer)?.['code']).toBe('InvalidInput')
})

test('[T-06] a bound must be two minutes old under every profile', () => {
  changeSettings(amazon.simulator.world, { profile: 'demo' })

  expect(search({ ...everything, lastUpdatedBefore: iso(-119_000) }).status).toBe(400)
  expect(search({ ...everything, lastUpdatedBefore: iso(-120_000) }).status).toBe(200)
})

test('[T-07] times are whole seconds in UTC and an offset on input means the same instant', () => {
  amazon.clock.advance(400)
  const orderId = place()
  amazon.clock.advance(visibilityMs)

  expect(getOrder(orderId)['createdTime']).toBe('2026-03-02T09:00:00Z')
  expect(idsIn(search({ lastUpdatedAfter: '2026-03-02T10:00:00+01:00' }).json)).toEqual([orderId])
  expect(idsIn(search({ lastUpdatedAfter: '2026-03-02T10:00:01+01:00' }).json)).toEqual([])
})

test('[S000-2] a search for some marketplaces, statuses and fulfillers shows theirs only', () => {
  const inUk = place()
  const inDe = place({ marketplaceId: de, status: 'PENDING' })
  const fba = place({ lines: [{ sku: 'FBA-1', quantity: 1 }] })
  amazon.clock.advance(visibilityMs)

  expect(ids({ marketplaceIds: de })).toEqual([inDe])
  expect(ids({ fulfillmentStatuses: 'PENDING' })).toEqual([inDe])
  expect(ids({ fulfilledBy: 'AMAZON' })).toEqual([fba])
  expect(ids({ marketplaceIds: `${uk},${de}` }).toSorted()).toEqual([inUk, inDe, fba].toSorted())
})

test('without the FULFILLMENT dataset nobody learns who fulfils an order', () => {
  const orderId = place()

  expect(getOrder(orderId, '')).not.toHaveProperty('fulfillment')
  expect(getOrder(orderId)).toMatchObject({
    fulfillment: { fulfilledBy: 'MERCHANT' },
    orderItems: [{ fulfillment: { quantityFulfilled: 0, quantityUnfulfilled: 2 } }],
  })
})

test('[T-12] a pending order has neither price nor address', () => {
  const order = getOrder(place({ status: 'PENDING' }), allDatasets)

  expect(order).not.toHaveProperty('recipient')
  expect(order).not.toHaveProperty('buyer')
  expect(order).not.toHaveProperty('proceeds')
  expect(JSON.stringify(order['orderItems'])).not.toContain('unitPrice')
})

test('[T-13] an FBA order has no address, no e-mail and no packages', () => {
  const order = getOrder(place({ lines: [{ sku: 'FBA-1', quantity: 1 }], status: 'SHIPPED' }), allDatasets)

  expect(order).toMatchObject({ fulfillment: { fulfilledBy: 'AMAZON', fulfillmentStatus: 'SHIPPED' } })
  expect(order).not.toHaveProperty('recipient')
  expect(order).not.toHaveProperty('packages')
  expect(JSON.stringify(order)).not.toContain('buyerEmail')
})

test('[S003-16] personal data needs the role Direct to Consumer Shipping; without it fields are missing or the call is refused', () => {
  const orderId = place()
  const withRole = getOrder(orderId, allDatasets)
  changeRoles(amazon.simulator.world, { sellerId, revoke: ['Direct to Consumer Shipping'] })
  const without = getOrder(orderId, allDatasets)
  changeSettings(amazon.simulator.world, { missingRole: 'refuse' })
  const refused = search({ ...everything, includedData: 'BUYER' })

  expect(withRole).toMatchObject({
    buyer: { buyerEmail: expect.any(String) },
    recipient: { deliveryAddress: { addressLine1: expect.any(String) } },
  })
  expect(without).not.toHaveProperty('buyer')
  expect(Object.keys((without['recipient'] as { deliveryAddress: object }).deliveryAddress)).toEqual([
    'city',
    'countryCode',
  ])
  expect([refused.status, errorOf(refused)?.['details']]).toEqual([403, ''])
  expect(search({ ...everything, includedData: 'FULFILLMENT' }).status).toBe(200)
})

test('[T-15] a buyer’s request shows as a request and cancels nothing', () => {
  const orderId = place()
  amazon.simulator.changeOrder(orderId, 'request-cancel')

  expect(getOrder(orderId, 'CANCELLATION,FULFILLMENT')).toMatchObject({
    fulfillment: { fulfillmentStatus: 'UNSHIPPED' },
    orderItems: [{ cancellation: { cancellationRequest: { requester: 'BUYER' } } }],
  })
})

test('a partial cancellation leaves the rest open, a full one cancels the order', () => {
  const orderId = place()
  amazon.simulator.changeOrder(orderId, 'cancel', { lines: [{ sku, quantity: 1 }] })
  const partly = getOrder(orderId)
  amazon.simulator.changeOrder(orderId, 'cancel')

  expect(partly).toMatchObject({
    fulfillment: { fulfillmentStatus: 'UNSHIPPED' },
    orderItems: [{ quantityOrdered: 2, fulfillment: { quantityUnfulfilled: 1 } }],
  })
  expect(getOrder(orderId)).toMatchObject({
    fulfillment: { fulfillmentStatus: 'CANCELLED' },
    orderItems: [{ fulfillment: { quantityUnfulfilled: 0 } }],
  })
  expect(() => amazon.simulator.changeOrder(orderId, 'cancel')).toThrow('shipped or cancelled already')
})

test('an order is paid, shipped and delivered once', () => {
  const orderId = place({ status: 'PENDING' })
  const statuses = (['pay', 'ship', 'deliver'] as const).map(
    (action) => amazon.simulator.changeOrder(orderId, action).status,
  )

  expect(statuses).toEqual(['UNSHIPPED', 'SHIPPED', 'SHIPPED'])
  expect(() => amazon.simulator.changeOrder(orderId, 'pay')).toThrow('only a pending order')
  expect(getOrder(orderId, 'PACKAGES')['packages']).toMatchObject([{ packageStatus: { status: 'DELIVERED' } }])
})

test('an order of another seller and one that does not exist answer 404', () => {
  expect(amazon.call('GET', '/orders/2026-01-01/orders/000-0000000-0000000').status).toBe(404)
  expect(amazon.call('GET', '/orders/2026-01-01/orders/12345').status).toBe(400)
})

test('a simulated year of sales and polls runs in seconds', () => {
  changeSettings(amazon.simulator.world, { propagationMs: 1000 })
  let cursor = amazon.clock.now()
  let found = 0
  for (let day = 0; day < 365; day++) {
    place()
    amazon.simulator.patchListing({ sellerId, sku, quantity: 1000 })
    amazon.clock.advance(24 * 3_600_000)
    const page = amazon.simulator.searchOrders({ sellerId, lastUpdatedAfter: cursor })
    found += page.orders.length
    cursor = page.bound + 1000
  }

  expect(found).toBe(365)
  expect(amazon.simulator.liveQuantity(sellerId, sku)).toBe(1000)
})
