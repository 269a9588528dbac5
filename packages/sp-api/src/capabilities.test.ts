import { expect, test } from '@jest/globals'
import { modelLimits } from '@lockstep/pacing/model-limits'

import { capabilities, capabilityOfCall } from './capabilities.ts'
import { findOperation, type Operation } from './operations.ts'

function known(name: string): Operation {
  const operation = findOperation(name)
  if (!operation) throw new Error(`no operation ${name}`)
  return operation
}

const need = (name: string, target = '', body = '') =>
  capabilityOfCall({ operation: known(name), target, body: new TextEncoder().encode(body) })

test('[S003-15] each of the four scopes of the guides is one capability, with a real role of Amazon’s', () => {
  const scoped = capabilities.filter(({ scope }) => scope !== null)

  expect(scoped.map(({ scope, name, roles }) => [scope, name, roles[0]])).toEqual([
    ['Selling Partner Insights', 'orders', 'Inventory and Order Tracking'],
    ['Orders', 'despatch', 'Inventory and Order Tracking'],
    ['Feeds', 'feeds', 'Product Listing'],
    ['Fulfilment Inventory', 'fba_stock', 'Amazon Fulfillment'],
  ])
})

test.each([
  ['searchOrders', 'orders'],
  ['getOrder', 'orders'],
  ['confirmShipment', 'despatch'],
  ['patchListingsItem', 'listings'],
  ['searchListingsItems', 'listings'],
  ['createFeed', 'feeds'],
  ['getFeed', 'feeds'],
  ['createReport', 'reports'],
  ['getReportDocument', 'reports'],
  ['getInventorySummaries', 'fba_stock'],
  ['createFulfillmentOrder', 'multi_channel'],
  ['getMarketplaceParticipations', 'participations'],
])('[S003-44] [S003-45] [S003-46] [S003-47] %s draws on %s', (operation, capability) => {
  expect(need(operation).capability.name).toBe(capability)
})

test('every operation draws on a capability of its own table, and only the seller’s marketplaces on the last', () => {
  const names = Object.keys(modelLimits)
  const fallen = names.filter((name) => need(name).capability.name === 'participations')

  expect(names.length).toBeGreaterThan(20)
  expect(
    fallen.every((name) => known(name).path.startsWith('/sellers/') || known(name).path.startsWith('/applications/')),
  ).toBe(true)
})

test('orders with their recipients need another role than orders without', () => {
  expect(need('searchOrders', '/orders?includedData=FULFILLMENT%2CRECIPIENT').capability.name).toBe('addresses')
  expect(need('searchOrders', '/orders?includedData=FULFILLMENT').capability.name).toBe('orders')
})

test('the role of a feed or a report is that of its type; a body that cannot be read has none', () => {
  expect(need('createReport', '', '{"reportType":"GET_MERCHANT_LISTINGS_ALL_DATA"}')).toMatchObject({
    type: 'GET_MERCHANT_LISTINGS_ALL_DATA',
    role: 'Product Listing',
  })
  expect(need('createFeed', '', '{"feedType":"UPLOAD_VAT_INVOICE"}')).toMatchObject({
    capability: { name: 'tax_invoices' },
    role: 'Tax Invoicing',
  })
  for (const body of ['', '{', 'null', '{"feedType":7}', '{"feedType":"buyer Jane"}']) {
    expect(need('createFeed', '', body).type).toBe('')
  }
})
