import { beforeEach, expect, test } from '@jest/globals'
import { inProcessSeller, startInProcess, type InProcessAmazon } from '../../in-process-client.ts'
import { putFbaInventory } from '../control/fba.ts'
import type { JsonObject } from '../json.ts'

const { sellerId } = inProcessSeller
const uk = 'A1F83G8C2ARO7P'
const de = 'A1PA6795UKMFR9'
const fr = 'A13V1IB3VIYZZH'
let amazon: InProcessAmazon

beforeEach(() => {
  amazon = startInProcess({ settings: { rates: { getInventorySummaries: { rate: 100, burst: 100 } } } })
  for (const marketplaceId of [uk, de, fr]) list('FBA', marketplaceId)
})

function list(sku: string, marketplaceId: string): void {
  const offer = { asin: 'B000000001', title: 'Cup', fulfillmentChannel: 'AMAZON_EU' }
  amazon.simulator.putListing({ sellerId, sku, marketplaceId, ...offer })
}

function stock(sku: string, marketplaceId: string, numbers: object): void {
  putFbaInventory(amazon.simulator.world, { sellerId, sku, marketplaceId, ...numbers }, amazon.clock.now())
}

function ask(marketplaceId: string, more = '') {
  const target = `/fba/inventory/v1/summaries?granularityType=Marketplace&granularityId=${marketplaceId}&marketplaceIds=${marketplaceId}`
  return amazon.call('GET', `${target}${more}`)
}

function summaries(marketplaceId: string, more = '&details=true'): JsonObject[] {
  return (ask(marketplaceId, more).json['payload'] as { inventorySummaries: JsonObject[] }).inventorySummaries
}

test('every marketplace of the European pool shows the same sum, the United Kingdom its own', () => {
  stock('FBA', de, { fulfillable: 30, inboundShipped: 5, unfulfillable: 2 })
  stock('FBA', uk, { fulfillable: 7 })

  const [inGermany] = summaries(de)
  const [inFrance] = summaries(fr)
  const [inUk] = summaries(uk)

  expect(inGermany).toMatchObject({
    sellerSku: 'FBA',
    asin: 'B000000001',
    totalQuantity: 37,
    inventoryDetails: { fulfillableQuantity: 30, inboundShippedQuantity: 5 },
  })
  expect(inFrance).toEqual(inGermany)
  expect(inUk).toMatchObject({ totalQuantity: 7 })
  expect(amazon.simulator.liveQuantity(sellerId, 'FBA')).toBe(37)
})

test('a sale reserves units in the pool it was made in until they are shipped', () => {
  stock('FBA', de, { fulfillable: 30 })
  stock('FBA', uk, { fulfillable: 7 })

  const lines = [{ sku: 'FBA', quantity: 3 }]
  const { orderId } = amazon.simulator.placeOrder({ sellerId, marketplaceId: fr, lines })
  const reserved = { reservedQuantity: { totalReservedQuantity: 3, pendingCustomerOrderQuantity: 3 } }

  expect(summaries(de)).toMatchObject([
    { totalQuantity: 30, inventoryDetails: { fulfillableQuantity: 27, ...reserved } },
  ])
  expect(summaries(uk)).toMatchObject([{ totalQuantity: 7 }])
  amazon.simulator.changeOrder(orderId, 'ship')
  expect(summaries(de)).toMatchObject([{ totalQuantity: 27 }])
})

test('details are left out unless asked for, and a SKU of the seller’s own is not Amazon’s', () => {
  amazon.simulator.putListing({ sellerId, sku: 'OWN', marketplaceId: de, asin: 'B2', title: 'Own', quantity: 5 })

  const [summary, ...others] = summaries(de, '')

  expect(summary).not.toHaveProperty('inventoryDetails')
  expect(others).toEqual([])
})

test('startDateTime goes before SKUs, and inbound units are no change', () => {
  list('OTHER', de)
  amazon.clock.advance(600_000)
  stock('OTHER', de, { inboundWorking: 9 })
  const since = `&startDateTime=${new Date(amazon.clock.now()).toISOString()}`

  expect(summaries(de, since)).toEqual([])
  stock('OTHER', de, { fulfillable: 1 })
  expect(summaries(de, `${since}&sellerSkus=FBA`)).toMatchObject([{ sellerSku: 'OTHER' }])
  expect(summaries(de, '&sellerSkus=FBA&sellerSku=OTHER')).toMatchObject([{ sellerSku: 'FBA' }])
})

test('[T-65] a page token dies 30 seconds after it was made and belongs to its parameters', () => {
  for (let i = 0; i < 60; i++) list(`S${i}`, de)
  const { nextToken } = ask(de).json['pagination'] as { nextToken: string }
  const more = `&nextToken=${encodeURIComponent(nextToken)}`

  amazon.clock.advance(30_000)
  expect(summaries(de, more)).toHaveLength(11)
  expect(ask(uk, more).status).toBe(400)
  expect(ask(de, `&nextToken=${nextToken.slice(0, -4)}AAAA`).status).toBe(400)
  amazon.clock.advance(1)
  expect(ask(de, more).status).toBe(400)
  expect(JSON.stringify(ask(de, more).json)).toContain('expired')
})

test.each([
  ['two marketplaces', `granularityType=Marketplace&granularityId=${de}&marketplaceIds=${de},${uk}`],
  ['another granularity', `granularityType=Region&granularityId=${de}&marketplaceIds=${de}`],
  [
    '51 SKUs',
    `granularityType=Marketplace&granularityId=${de}&marketplaceIds=${de}&sellerSkus=${Array(51).fill('A').join(',')}`,
  ],
  [
    'a start more than 18 months ago',
    `granularityType=Marketplace&granularityId=${de}&marketplaceIds=${de}&startDateTime=2024-01-01T00:00:00Z`,
  ],
])('%s are refused', (_name, query) => {
  expect(amazon.call('GET', `/fba/inventory/v1/summaries?${query}`).status).toBe(400)
})
