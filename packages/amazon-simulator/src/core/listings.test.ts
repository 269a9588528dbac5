import { beforeEach, expect, test } from '@jest/globals'
import { startInProcess, inProcessSeller, type InProcessAmazon } from '../in-process-client.ts'

const { sellerId } = inProcessSeller
const [uk = '', de = '', fr = ''] = inProcessSeller.marketplaceIds
const sku = 'TEST_SS7052'
const propagationMs = 30_000
let amazon: InProcessAmazon

beforeEach(() => {
  amazon = startInProcess({ settings: { propagationMs } })
  for (const marketplaceId of [uk, de, fr]) {
    amazon.simulator.putListing({ sellerId, sku, marketplaceId, asin: 'B0TEST7052', title: 'Lamp', quantity: 5 })
  }
})

const live = () => amazon.simulator.liveQuantity(sellerId, sku)
const item = (marketplaceId: string) =>
  amazon.call(
    'GET',
    `/listings/2021-08-01/items/${sellerId}/${sku}?marketplaceIds=${marketplaceId}&includedData=summaries,fulfillmentAvailability,attributes`,
  ).json
const patch = (value: object, op = 'merge') =>
  amazon.call('PATCH', `/listings/2021-08-01/items/${sellerId}/${sku}?marketplaceIds=${uk}`, {
    productType: 'PRODUCT',
    patches: [
      { op, path: '/attributes/fulfillment_availability', value: [{ fulfillment_channel_code: 'DEFAULT', ...value }] },
    ],
  })
const settle = () => amazon.clock.advance(propagationMs)

test('[S000-4] a quantity written for one marketplace shows in every marketplace', () => {
  amazon.simulator.patchListing({ sellerId, sku, quantity: 7, marketplaceIds: [de] })
  settle()

  for (const marketplaceId of [uk, de, fr]) {
    expect(item(marketplaceId)['fulfillmentAvailability']).toEqual([{ fulfillmentChannelCode: 'DEFAULT', quantity: 7 }])
  }
})

test('[S000-5] [S000-9] three direct PATCHes 10, 20, 30 for UK, DE, FR end as 30 everywhere', () => {
  for (const [marketplaceId, quantity] of [
    [uk, 10],
    [de, 20],
    [fr, 30],
  ] as const) {
    amazon.simulator.patchListing({ sellerId, sku, quantity, marketplaceIds: [marketplaceId] })
    amazon.clock.advance(1000)
  }
  settle()

  for (const marketplaceId of [uk, de, fr]) {
    expect(item(marketplaceId)['fulfillmentAvailability']).toEqual([
      { fulfillmentChannelCode: 'DEFAULT', quantity: 30 },
    ])
  }
})

test('[S000-9] [T-31] each marketplace keeps the copy that was submitted to it', () => {
  for (const [marketplaceId, quantity] of [
    [uk, 10],
    [de, 20],
    [fr, 30],
  ] as const) {
    amazon.simulator.patchListing({ sellerId, sku, quantity, marketplaceIds: [marketplaceId] })
  }
  settle()

  const { offers, submitted } = amazon.simulator.listing(sellerId, sku)
  expect(offers.map((offer) => offer.attributeQuantity)).toEqual([10, 20, 30])
  expect(submitted.quantity).toBe(30)
})

test('[S000-6] quantity 0 takes the SKU off sale in every marketplace and keeps the listing', () => {
  patch({ quantity: 0 })
  settle()

  const { offers } = amazon.simulator.listing(sellerId, sku)
  expect(offers.map((offer) => offer.status)).toEqual([['DISCOVERABLE'], ['DISCOVERABLE'], ['DISCOVERABLE']])
  expect(offers[0]?.title).toBe('Lamp')
})

test('[S000-12] distinct SKUs are not changed by one another', () => {
  for (const [name, marketplaceId] of [
    ['SKU123_UK', uk],
    ['SKU123_DE', de],
    ['SKU123_FR', fr],
  ] as const) {
    amazon.simulator.putListing({ sellerId, sku: name, marketplaceId, asin: 'B0SKU00123', title: 'Cup', quantity: 1 })
  }
  amazon.simulator.patchListing({ sellerId, sku: 'SKU123_UK', quantity: 10, marketplaceIds: [uk] })
  amazon.simulator.patchListing({ sellerId, sku: 'SKU123_DE', quantity: 20, marketplaceIds: [de] })
  settle()

  expect(['SKU123_UK', 'SKU123_DE', 'SKU123_FR'].map((name) => amazon.simulator.liveQuantity(sellerId, name))).toEqual([
    10, 20, 1,
  ])
})

test('[T-26] merge changes the quantity and keeps lead time and restock date', () => {
  amazon.simulator.putListing({ sellerId, sku, leadTimeDays: 4, restockDate: '2026-05-01' })

  patch({ quantity: 9 })
  settle()

  expect(amazon.simulator.listing(sellerId, sku).live).toMatchObject({
    quantity: 9,
    leadTimeDays: 4,
    restockDate: '2026-05-01',
  })
})

test('[T-26] replace drops the siblings it does not name', () => {
  amazon.simulator.putListing({ sellerId, sku, leadTimeDays: 4, restockDate: '2026-05-01' })

  patch({ quantity: 9 }, 'replace')
  settle()

  expect(amazon.simulator.listing(sellerId, sku).live).toMatchObject({
    quantity: 9,
    leadTimeDays: null,
    restockDate: null,
  })
  expect(item(uk)['attributes']).toMatchObject({
    fulfillment_availability: [{ fulfillment_channel_code: 'DEFAULT', marketplace_id: uk, quantity: 9 }],
  })
})

test('delete takes the seller out of stock', () => {
  patch({}, 'delete')
  settle()

  expect(live()).toBe(0)
})

test('[T-29] an accepted write is submitted at once and live after the propagation delay', () => {
  const answer = patch({ quantity: 9 })

  expect(answer.json).toMatchObject({ sku, status: 'ACCEPTED', issues: [] })
  expect(amazon.simulator.listing(sellerId, sku)).toMatchObject({
    submitted: { quantity: 9, by: 'patch' },
    live: { quantity: 5 },
    pendingWrites: [{ quantity: 9 }],
  })
  amazon.clock.advance(propagationMs - 1)
  expect(live()).toBe(5)
  amazon.clock.advance(1)
  expect(live()).toBe(9)
})

test.each([
  ['negative', { quantity: -1 }],
  ['fractional', { quantity: 1.5 }],
  ['text', { quantity: '4' }],
  ['missing', {}],
  ['lead time of 31 days', { quantity: 1, lead_time_to_ship_max_days: 31 }],
  ['restock date that is none', { quantity: 1, restock_date: 'soon' }],
])('[T-30] [T-32] a %s value answers 200 INVALID and changes nothing', (_name, value) => {
  const answer = patch(value)
  settle()

  expect(answer.status).toBe(200)
  expect(answer.json).toMatchObject({
    status: 'INVALID',
    issues: [{ severity: 'ERROR', attributeNames: ['fulfillment_availability'] }],
  })
  expect(live()).toBe(5)
})

test('an unknown SKU is ACCEPTED without any effect', () => {
  const answer = amazon.call('PATCH', `/listings/2021-08-01/items/${sellerId}/NOBODY?marketplaceIds=${uk}`, {
    productType: 'PRODUCT',
    patches: [
      {
        op: 'merge',
        path: '/attributes/fulfillment_availability',
        value: [{ fulfillment_channel_code: 'DEFAULT', quantity: 1 }],
      },
    ],
  })
  settle()

  expect(answer.json['status']).toBe('ACCEPTED')
  expect(() => amazon.simulator.listing(sellerId, 'NOBODY')).toThrow('no listing')
})

test('a preview answers VALID and changes nothing', () => {
  const target = `/listings/2021-08-01/items/${sellerId}/${sku}?marketplaceIds=${uk}&mode=VALIDATION_PREVIEW`
  const value = [{ fulfillment_channel_code: 'DEFAULT', quantity: 99 }]
  const answer = amazon.call('PATCH', target, {
    productType: 'PRODUCT',
    patches: [{ op: 'merge', path: '/attributes/fulfillment_availability', value }],
  })
  settle()

  expect(answer.json['status']).toBe('VALID')
  expect(live()).toBe(5)
})

test.each(['PENDING', 'UNSHIPPED'])('a sale lowers live at once, at %s already', (status) => {
  const placed = amazon.simulator.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 2 }], status })

  expect(placed.liveAfter).toEqual({ [sku]: 3 })
  expect(amazon.simulator.listing(sellerId, sku)).toMatchObject({ soldSinceSubmitted: 2, submitted: { quantity: 5 } })
})

test('[R02] live never falls below 0, and 409 NOT_ENOUGH protects it unless ignored', () => {
  const order = { sellerId, marketplaceId: uk, lines: [{ sku, quantity: 6 }] }

  expect(() => amazon.simulator.placeOrder(order)).toThrow('only 5')
  amazon.simulator.placeOrder({ ...order, ignoreQuantity: true })
  expect(live()).toBe(0)
})

test('a PATCH that lands overwrites live, sales in between included', () => {
  patch({ quantity: 10 })
  amazon.simulator.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 2 }] })
  settle()

  expect(live()).toBe(10)
})

test('writes of one SKU land in the order of submission even when the delay shrinks', () => {
  patch({ quantity: 10 })
  amazon.simulator.world.settings = { ...amazon.simulator.world.settings, propagationMs: 0 }
  patch({ quantity: 3 })
  const { pendingWrites } = amazon.simulator.listing(sellerId, sku)
  settle()

  expect(pendingWrites[1]?.appliesAt).toBe(pendingWrites[0]?.appliesAt)
  expect(live()).toBe(3)
})

test('an edit in Seller Central changes live and submitted in every marketplace and voids pending writes', () => {
  patch({ quantity: 10 })
  amazon.simulator.putListing({ sellerId, sku, quantity: 1 })
  settle()

  const { live: seen, submitted, offers } = amazon.simulator.listing(sellerId, sku)
  expect([seen.quantity, submitted.quantity, submitted.by]).toEqual([1, 1, 'seller-central'])
  expect(offers.map((offer) => offer.attributeQuantity)).toEqual([1, 1, 1])
})

test('a closed offer sells nothing in its marketplace and on in the others', () => {
  amazon.simulator.putListing({ sellerId, sku, marketplaceId: de, closed: true })
  const order = (marketplaceId: string) => ({ sellerId, marketplaceId, lines: [{ sku, quantity: 1 }] })

  expect(() => amazon.simulator.placeOrder(order(de))).toThrow('closed')
  expect(amazon.simulator.placeOrder(order(uk)).liveAfter).toEqual({ [sku]: 4 })
})

test('cancelling restocks live by default and not when told so', () => {
  const first = amazon.simulator.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 2 }] })
  const second = amazon.simulator.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 1 }] })

  amazon.simulator.changeOrder(first.orderId, 'cancel')
  expect(live()).toBe(4)
  amazon.simulator.changeOrder(second.orderId, 'cancel', { restock: false })
  expect(live()).toBe(4)
})

test('[S003-17] an order that Amazon ships leaves the seller’s own stock alone and lowers Amazon’s', () => {
  amazon.simulator.putListing({
    sellerId,
    sku: 'FAR',
    marketplaceId: uk,
    asin: 'B000000003',
    title: 'Far',
    quantity: 40,
    fulfillmentChannel: 'AMAZON_EU',
  })

  const own = amazon.simulator.placeOrder({
    sellerId,
    marketplaceId: uk,
    lines: [{ sku, quantity: 1 }],
    fulfilledBy: 'AMAZON',
  })
  const far = amazon.simulator.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku: 'FAR', quantity: 1 }] })

  expect([own.liveAfter, far.liveAfter]).toEqual([{ [sku]: 5 }, { FAR: 39 }])
  expect(amazon.simulator.order(far.orderId).fulfilledBy).toBe('AMAZON')
})

test('[T-28] a PATCH that makes an FBA SKU DEFAULT strands the units in Amazon’s warehouse', () => {
  amazon.simulator.putListing({ sellerId, sku, fulfillmentChannel: 'AMAZON_EU', quantity: 40 })

  patch({ quantity: 3 })
  settle()

  expect(amazon.simulator.listing(sellerId, sku)).toMatchObject({
    fulfillmentChannel: 'DEFAULT',
    live: { quantity: 3 },
    strandedUnits: 40,
  })
})

test('price and title change in the marketplace they were sent for only', () => {
  amazon.call('PATCH', `/listings/2021-08-01/items/${sellerId}/${sku}?marketplaceIds=${de}`, {
    productType: 'PRODUCT',
    patches: [
      {
        op: 'replace',
        path: '/attributes/item_name',
        value: [{ value: 'Lampe', language_tag: 'de_DE', marketplace_id: de }],
      },
      {
        op: 'replace',
        path: '/attributes/purchasable_offer',
        value: [{ marketplace_id: de, currency: 'EUR', our_price: [{ schedule: [{ value_with_tax: 12.5 }] }] }],
      },
    ],
  })
  settle()

  const { offers } = amazon.simulator.listing(sellerId, sku)
  expect(offers.map(({ title, price }) => [title, price?.amount])).toEqual([
    ['Lamp', '9.99'],
    ['Lampe', '12.50'],
    ['Lamp', '9.99'],
  ])
})

test.each([
  ['no product type', { patches: [] }],
  ['no patches', { productType: 'PRODUCT', patches: [] }],
  [
    'an unknown operation',
    { productType: 'PRODUCT', patches: [{ op: 'increment', path: '/attributes/x', value: [] }] },
  ],
  [
    'a path inside an attribute',
    {
      productType: 'PRODUCT',
      patches: [{ op: 'replace', path: '/attributes/fulfillment_availability/0/quantity', value: [] }],
    },
  ],
  [
    'a value that is no list',
    { productType: 'PRODUCT', patches: [{ op: 'replace', path: '/attributes/x', value: {} }] },
  ],
])('a document with %s answers 400', (_name, document) => {
  const answer = amazon.call('PATCH', `/listings/2021-08-01/items/${sellerId}/${sku}?marketplaceIds=${uk}`, document)

  expect(answer.status).toBe(400)
  expect(answer.json).toMatchObject({ errors: [{ code: 'BAD_REQUEST' }] })
})

test('search finds up to 20 SKUs and leaves unknown ones out', () => {
  const search = (identifiers: string[]) =>
    amazon.call(
      'GET',
      `/listings/2021-08-01/items/${sellerId}?marketplaceIds=${uk}&identifiersType=SKU&identifiers=${identifiers.map(encodeURIComponent).join(',')}&pageSize=20&includedData=fulfillmentAvailability,productTypes`,
    )

  expect(search([sku, 'NOBODY']).json).toEqual({
    numberOfResults: 1,
    items: [
      {
        sku,
        fulfillmentAvailability: [{ fulfillmentChannelCode: 'DEFAULT', quantity: 5 }],
        productTypes: [{ marketplaceId: uk, productType: 'PRODUCT' }],
      },
    ],
  })
  expect(search(Array.from({ length: 21 }, (_, i) => `S${i}`)).status).toBe(400)
})

test('search pages through every listing once', () => {
  for (let i = 0; i < 24; i++) {
    amazon.simulator.putListing({
      sellerId,
      sku: `PAGE-${i}`,
      marketplaceId: uk,
      asin: 'B000000000',
      title: 'Page',
      quantity: 1,
    })
  }
  const seen: unknown[] = []
  let token: string | undefined = ''
  for (let page = 0; page < 5 && token !== undefined; page++) {
    amazon.clock.advance(1000)
    const { json } = amazon.call(
      'GET',
      `/listings/2021-08-01/items/${sellerId}?marketplaceIds=${uk}&pageSize=5${token === '' ? '' : `&pageToken=${token}`}`,
    )
    seen.push(...(json['items'] as { sku: string }[]).map((found) => found.sku))
    token = (json['pagination'] as { nextToken?: string } | undefined)?.nextToken
  }

  expect(new Set(seen).size).toBe(25)
  expect(seen).toHaveLength(25)
})
