import { beforeEach, expect, test } from '@jest/globals'
import { listBuckets } from './buckets.ts'
import { changeRoles } from './control/sellers.ts'
import { changeSettings } from './control/settings.ts'
import { findSeller } from './control/sellers.ts'
import type { JsonObject } from './json.ts'
import { inProcessSeller, startInProcess, type InProcessAmazon } from '../in-process-client.ts'

const { sellerId } = inProcessSeller
const uk = 'A1F83G8C2ARO7P'
const path = `/listings/2021-08-01/items/${sellerId}/CUP?marketplaceIds=${uk}`
let amazon: InProcessAmazon

beforeEach(() => {
  amazon = startInProcess()
  amazon.simulator.putListing({ sellerId, sku: 'CUP', marketplaceId: uk, asin: 'B000000001', title: 'Cup' })
})

const set = (settings: JsonObject) => changeSettings(amazon.simulator.world, settings)
const patch = (attribute: string, value: JsonObject, query = '') => {
  const patches = [{ op: 'replace', path: `/attributes/${attribute}`, value: [value] }]
  return amazon.call('PATCH', path + query, { productType: 'PRODUCT', patches })
}
const stock = () => patch('fulfillment_availability', { fulfillment_channel_code: 'DEFAULT', quantity: 1 })
const buckets = () => {
  const { world } = amazon.simulator
  return listBuckets(world, findSeller(world, { sellerId }), amazon.clock.now())
}
const refusalOf = (answer: { status: number; json: JsonObject }) => {
  const [error] = answer.json['errors'] as JsonObject[]
  return [answer.status, error?.['code'], error?.['message']]
}
const frequency = 'The frequency of requests was greater than what is allowed for'

test.each([
  ['application', 'the application.', () => stock()],
  ['product_data', 'product data.', () => patch('item_name', { value: 'Cup' })],
  ['relationships', 'relationships.', () => patch('package_contains_sku', { sku: 'MUG' })],
  ['preview', 'the application.', () => patch('item_name', { value: 'Cup' }, '&mode=VALIDATION_PREVIEW')],
])('an empty %s bucket answers 429 and names what ran dry: %s', (level, what, call) => {
  set({ rates: { [`patchListingsItem:${level}`]: { rate: 1, burst: 1 } } })
  const answers = [call(), call()]

  expect(answers.map(({ status }) => status)).toEqual([200, 429])
  expect(refusalOf(answers[1] ?? { status: 0, json: {} })).toEqual([429, 'QuotaExceeded', `${frequency} ${what}`])
  expect(buckets().find((bucket) => bucket.level === level)).toMatchObject({ rate: 1, burst: 1, ok: 1, throttled: 1 })
})

test('a request that one level refuses takes no token from the others', () => {
  set({ rates: { 'patchListingsItem:application': { rate: 1, burst: 1 } } })
  stock()
  stock()
  const pair = buckets().find(({ level, operation }) => level === 'pair' && operation === 'patchListingsItem')

  expect(pair).toMatchObject({ tokens: 4, ok: 1, throttled: 0 })
})

test('[S003-35] the seller’s buckets are listed before anything was sent, the quota of listings feeds among them', () => {
  expect(buckets()).toContainEqual({
    level: 'feed_type',
    operation: 'createFeed',
    rate: 5 / 300,
    burst: 5,
    tokens: 5,
    ok: 0,
    throttled: 0,
  })
})

test('stepped refill gives whole tokens once a second on every level', () => {
  set({ refill: 'stepped', rates: { 'patchListingsItem:application': { rate: 2, burst: 2 } } })
  const first = [stock(), stock(), stock()].map(({ status }) => status)
  amazon.clock.advance(999)
  const early = stock().status
  amazon.clock.advance(1)
  const later = [stock(), stock(), stock()].map(({ status }) => status)

  expect([first, early, later]).toEqual([[200, 200, 429], 429, [200, 200, 429]])
})

test('a plan for something without a bucket is refused by name', () => {
  expect(() => set({ rates: { 'getOrder:application': { rate: 1, burst: 1 } } })).toThrow('getOrder:application')
})

test('[S003-46] a report type outside the granted roles is forbidden with its own words', () => {
  const allButFba = ['Product Listing', 'Inventory and Order Tracking', 'Direct to Consumer Shipping']
  changeRoles(amazon.simulator.world, { sellerId, revoke: allButFba })
  const body = { reportType: 'GET_MERCHANT_LISTINGS_ALL_DATA', marketplaceIds: [uk] }
  const refused = amazon.call('POST', '/reports/2021-06-30/reports', body)

  expect(refusalOf(refused)).toEqual([403, 'Unauthorized', 'Access to the resource is forbidden'])
})
