import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { getInventorySummariesCall, readInventorySummaries } from './fba-inventory.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const marketplaceId = 'A1F83G8C2ARO7P'

test('levels are asked for by one marketplace, with their details', () => {
  expect(Object.fromEntries(getInventorySummariesCall({ marketplaceId, skus: ['A', 'B'] }).query)).toEqual({
    details: 'true',
    granularityType: 'Marketplace',
    granularityId: marketplaceId,
    marketplaceIds: marketplaceId,
    sellerSkus: 'A,B',
  })
  expect(() => getInventorySummariesCall({ marketplaceId, skus: Array.from({ length: 51 }, String) })).toThrow(
    '51 SKUs: one call takes 50',
  )
})

test('[T-65] a changed-since search says so again on every page', () => {
  const changedSince = new Date('2026-11-21T10:00:00Z')
  const { query } = getInventorySummariesCall({ marketplaceId, changedSince, nextToken: 't' })

  expect(query).toContainEqual(['startDateTime', changedSince.toISOString()])
  expect(query).toContainEqual(['nextToken', 't'])
})

const summary = {
  sellerSku: 'A',
  fnSku: 'X1',
  asin: 'B0',
  condition: 'NewItem',
  inventoryDetails: {
    fulfillableQuantity: 7,
    inboundWorkingQuantity: 1,
    inboundShippedQuantity: 2,
    inboundReceivingQuantity: 3,
    reservedQuantity: { totalReservedQuantity: 4, pendingCustomerOrderQuantity: 4 },
    researchingQuantity: { totalResearchingQuantity: 5 },
    unfulfillableQuantity: { totalUnfulfillableQuantity: 6 },
  },
  lastUpdatedTime: '2026-11-21T10:00:00Z',
}

test('a level is read in plain values; figures that Amazon leaves out are none', () => {
  const page = { payload: { inventorySummaries: [summary, { sellerSku: 'B', inventoryDetails: {} }] }, pagination: {} }

  expect(readInventorySummaries(bytes(page))).toEqual({
    levels: [
      {
        sku: 'A',
        fnSku: 'X1',
        asin: 'B0',
        condition: 'NewItem',
        fulfillable: 7,
        reserved: 4,
        inbound: 6,
        unfulfillable: 6,
        researching: 5,
        updatedAt: new Date('2026-11-21T10:00:00Z'),
      },
      expect.objectContaining({ sku: 'B', fulfillable: 0, updatedAt: null }),
    ],
    nextToken: null,
  })
})

test('a summary without its details makes no level: nothing is not 0', () => {
  const { inventoryDetails: _details, ...bare } = summary

  expect(readInventorySummaries(bytes({ payload: { inventorySummaries: [bare] } }))).toBeUndefined()
})

test('no body makes the reader throw', () => {
  fc.assert(
    fc.property(fc.json().map(bytes), (body) => {
      expect(() => readInventorySummaries(body)).not.toThrow()
    }),
  )
})
