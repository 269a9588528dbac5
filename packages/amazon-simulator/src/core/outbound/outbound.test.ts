import { beforeEach, describe, expect, test } from '@jest/globals'
import { inProcessSeller, startInProcess, type InProcessAmazon } from '../../in-process-client.ts'
import { putFbaInventory } from '../control/fba.ts'
import { changeOutbound } from '../control/outbound.ts'
import { changeSettings } from '../control/settings.ts'
import type { JsonObject } from '../json.ts'

const { sellerId } = inProcessSeller
const uk = 'A1F83G8C2ARO7P'
const base = '/fba/outbound/2020-07-01'
const base2026 = '/fulfillment/outbound/2026-07-04'
const address = { name: 'A', addressLine1: '1 Street', postalCode: 'N1', countryCode: 'GB' }
let amazon: InProcessAmazon

beforeEach(() => {
  amazon = startInProcess({ settings: { outboundStepMs: 1000 } })
  const listing = { sellerId, sku: 'FBA', marketplaceId: uk, asin: 'B1', title: 'Cup', fulfillmentChannel: 'AMAZON_EU' }
  amazon.simulator.putListing(listing)
  putFbaInventory(amazon.simulator.world, { ...of(uk), fulfillable: 10 }, amazon.clock.now())
})

const of = (marketplaceId: string) => ({ sellerId, sku: 'FBA', marketplaceId })

function create(id: string, quantity = 2, more: object = {}) {
  return amazon.call('POST', `${base}/fulfillmentOrders`, {
    sellerFulfillmentOrderId: id,
    marketplaceId: uk,
    displayableOrderId: id,
    displayableOrderDate: '2026-03-02T09:00:00Z',
    displayableOrderComment: 'Thank you',
    shippingSpeedCategory: 'Standard',
    destinationAddress: address,
    items: [{ sellerSku: 'FBA', sellerFulfillmentOrderItemId: 'i1', quantity }],
    ...more,
  })
}

function detail(id: string): { fulfillmentOrder: JsonObject; fulfillmentShipments: JsonObject[] } {
  return amazon.call('GET', `${base}/fulfillmentOrders/${id}`).json['payload'] as ReturnType<typeof detail>
}

function preview(quantity: number): unknown {
  const items = [{ sellerSku: 'FBA', sellerFulfillmentOrderItemId: 'i1', quantity }]
  const body = { marketplaceId: uk, address, items }
  return amazon.call('POST', `${base}/fulfillmentOrders/preview`, body).json['payload']
}

/** Beyond the life of an access token. */
function later(ms: number): void {
  amazon.clock.advance(ms)
  amazon.forgetToken()
}

const live = () => amazon.simulator.liveQuantity(sellerId, 'FBA')

describe('Fulfillment Outbound 2020-07-01', () => {
  test('an order goes from Received to Complete step by step and is shipped with a tracking number', () => {
    create('O1')

    const seen = Array.from({ length: 4 }, () => {
      const status = detail('O1').fulfillmentOrder['fulfillmentOrderStatus']
      amazon.clock.advance(1000)
      return status
    })
    const [shipment] = detail('O1').fulfillmentShipments
    const parcels = shipment?.['fulfillmentShipmentPackage'] as { packageNumber: number; trackingNumber: string }[]
    const [parcel] = parcels
    const tracked = amazon.call('GET', `${base}/tracking?packageNumber=${parcel?.packageNumber}`).json

    expect(seen).toEqual(['Received', 'Planning', 'Processing', 'Complete'])
    expect(tracked['payload']).toMatchObject({ trackingNumber: parcel?.trackingNumber, currentStatus: 'IN_TRANSIT' })
    expect(live()).toBe(8)
  })

  test('[T-67] the same id twice makes no second order', () => {
    create('O1')

    expect(create('O1').status).toBe(400)
    expect(live()).toBe(8)
  })

  test('[T-67] an order stays in Planning while the control says so', () => {
    changeSettings(amazon.simulator.world, { outboundStaysPlanning: true })
    create('O1')

    later(3_600_000)
    expect(detail('O1').fulfillmentOrder).toMatchObject({ fulfillmentOrderStatus: 'Planning' })
    changeOutbound(amazon.simulator.world, { sellerId, id: 'O1', stuck: false }, amazon.clock.now())
    amazon.clock.advance(2000)
    expect(detail('O1').fulfillmentOrder).toMatchObject({ fulfillmentOrderStatus: 'Complete' })
  })

  test('a cancelled order gives its units back, one that is being picked cannot be cancelled', () => {
    create('O1')
    create('O2')

    expect(amazon.call('PUT', `${base}/fulfillmentOrders/O1/cancel`).status).toBe(200)
    expect([detail('O1').fulfillmentOrder['fulfillmentOrderStatus'], live()]).toEqual(['Cancelled', 8])
    amazon.clock.advance(2000)
    expect(amazon.call('PUT', `${base}/fulfillmentOrders/O2/cancel`).status).toBe(400)
  })

  test('too few units kill an order, or ship in part where the policy allows it', () => {
    create('KILL', 11)
    create('PART', 11, { fulfillmentPolicy: 'FillAllAvailable' })
    amazon.clock.advance(3000)

    expect(detail('KILL').fulfillmentOrder).toMatchObject({ fulfillmentOrderStatus: 'Unfulfillable' })
    expect(detail('PART')).toMatchObject({
      fulfillmentOrder: { fulfillmentOrderStatus: 'CompletePartialled' },
      fulfillmentOrderItems: [{ quantity: 11, unfulfillableQuantity: 1 }],
    })
    expect(live()).toBe(0)
  })

  test('an order on hold waits for an update, and is cancelled after 14 days', () => {
    create('GO', 2, { fulfillmentAction: 'Hold' })
    create('STAY', 2, { fulfillmentAction: 'Hold' })
    later(3_600_000)

    expect(detail('GO').fulfillmentOrder).toMatchObject({ fulfillmentOrderStatus: 'Received' })
    amazon.call('PUT', `${base}/fulfillmentOrders/GO`, { fulfillmentAction: 'Ship' })
    later(14 * 24 * 3_600_000)
    const statuses = ['GO', 'STAY'].map((id) => detail(id).fulfillmentOrder['fulfillmentOrderStatus'])
    expect(statuses).toEqual(['Complete', 'Cancelled'])
  })

  test('a preview tells what could be shipped and reserves nothing', () => {
    expect(preview(10)).toMatchObject({ fulfillmentPreviews: [{ isFulfillable: true }, {}] })
    expect(preview(12)).toMatchObject({
      fulfillmentPreviews: [
        { isFulfillable: false, unfulfillablePreviewItems: [{ sellerSku: 'FBA', quantity: 2 }] },
        {},
      ],
    })
    expect(live()).toBe(10)
  })

  test('orders are listed by their last change', () => {
    create('O1')
    amazon.clock.advance(10_000)
    const since = new Date(amazon.clock.now()).toISOString()
    create('O2')

    const listed = amazon.call('GET', `${base}/fulfillmentOrders?queryStartDate=${since}`).json['payload']

    expect((listed as { fulfillmentOrders: JsonObject[] }).fulfillmentOrders).toMatchObject([
      { sellerFulfillmentOrderId: 'O2' },
    ])
  })

  test.each([
    ['251 units', 'O1', { items: [{ sellerSku: 'FBA', sellerFulfillmentOrderItemId: 'i', quantity: 251 }] }],
    ['an id of 41 characters', 'X'.repeat(41), {}],
    ['no address', 'O1', { destinationAddress: undefined }],
    ['an unknown speed', 'O1', { shippingSpeedCategory: 'Tomorrow' }],
  ])('%s are refused', (_name, id, more) => {
    expect(create(id, 1, more).status).toBe(400)
  })
})

test('Fulfillment Outbound 2026-07-04 takes the same orders in its own words', () => {
  const body = {
    orderId: 'N1',
    origin: { countryCode: 'UK' },
    destination: { deliveryAddress: address },
    fulfillmentConfiguration: { action: 'SHIP', serviceLevel: { serviceTiers: ['EXPEDITED'] } },
    lineItems: [
      {
        lineItemId: 'i1',
        product: { productIdentifier: { amazonSku: 'FBA' } },
        amount: { unit: 'EACHES', value: '3.0' },
      },
    ],
  }

  const made = amazon.call('POST', `${base2026}/orders`, body)
  const again = amazon.call('POST', `${base2026}/orders`, body)
  amazon.clock.advance(3000)
  const read = amazon.call('GET', `${base2026}/orders/N1`)
  const listed = amazon.call('GET', `${base2026}/orders?updatedAfter=2026-03-02T09:00:00Z&shipments=EXCLUDE`)

  expect(made.json['order']).toMatchObject({ orderId: 'N1', status: 'PROCESSING', destination: body.destination })
  expect([again.status, live()]).toEqual([400, 7])
  expect(read.json['order']).toMatchObject({
    status: 'COMPLETE',
    shipments: [
      {
        status: 'SHIPPED',
        serviceLevel: { serviceTier: 'EXPEDITED' },
        items: [{ lineItemId: 'i1', amount: { unit: 'EACHES', value: '3.0' } }],
        packages: [{ status: 'IN_TRANSIT', tracking: { carrier: { trackingNumber: expect.any(String) } } }],
      },
    ],
  })
  expect(JSON.stringify(listed.json)).not.toContain('shipments')
  expect(amazon.call('PUT', `${base2026}/orders/N1/cancel`).status).toBe(400)
})

const path = '/reports/2021-06-30/documents/{reportDocumentId}'
const ask = (resource: object) =>
  amazon.call('POST', '/tokens/2021-03-01/restrictedDataToken', { restrictedResources: [resource] })

describe('a restricted data token', () => {
  test('opens the resources it names and no other for an hour', () => {
    const made = ask({ method: 'GET', path: '/orders/2026-01-01/orders/{orderId}', dataElements: ['buyerInfo'] })
    const headers = { 'x-amz-access-token': String(made.json['restrictedDataToken']) }
    const get = (target: string) => amazon.send({ method: 'GET', target, headers }).status

    expect(made.json['expiresIn']).toBe(3600)
    expect(get('/orders/2026-01-01/orders/111-1111111-1111111')).toBe(404)
    expect(get('/sellers/v1/marketplaceParticipations')).toBe(403)
    amazon.clock.advance(3_600_000)
    expect(get('/orders/2026-01-01/orders/111-1111111-1111111')).toBe(403)
  })

  test('is refused for data a missing role guards', () => {
    amazon.simulator.addSeller({ ...inProcessSeller, roles: ['Product Listing'] })

    expect(ask({ method: 'GET', path }).status).toBe(200)
    expect(ask({ method: 'GET', path, dataElements: ['shippingAddress'] }).status).toBe(400)
    expect(ask({ method: 'FETCH', path }).status).toBe(400)
  })
})
