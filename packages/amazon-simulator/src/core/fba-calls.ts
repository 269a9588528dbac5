import { requireJson, type Call, type CallResult } from './call.ts'
import { getInventorySummaries } from './fba/summaries.ts'
import { createRestrictedDataToken } from './login/restricted-data-token.ts'
import {
  cancelOutboundOrder,
  createOutboundOrder,
  getOutboundOrder,
  listOutboundOrders,
  updateOutboundOrder,
} from './outbound/outbound-orders.ts'
import { previewOrder2020 } from './outbound/preview-2020.ts'
import { readOrder2020, readOrder2026, readUpdate2020, readUpdate2026 } from './outbound/read-order.ts'
import { orderDetail2020, orderView2020, trackingView2020 } from './outbound/views-2020.ts'
import { orderView2026 } from './outbound/views-2026.ts'
import { integerOf } from './query.ts'
import { invalidInput, notFound } from './refusals.ts'
import { parseIso } from './times.ts'
import type { World } from './world.ts'

/** What a seller asks of Amazon's own warehouses, and restricted data tokens. */
export const fbaPerformers = {
  getInventorySummaries: (world: World, call: Call): CallResult => ok(getInventorySummaries(world, call.seller, call)),
  createRestrictedDataToken: (world: World, call: Call): CallResult => {
    requireJson(call)
    return ok(createRestrictedDataToken(world, call))
  },
  getFulfillmentPreview: (world: World, call: Call): CallResult => {
    requireJson(call)
    return ok(previewOrder2020(world, call.seller, call))
  },
  createFulfillmentOrder: (world: World, call: Call): CallResult => {
    requireJson(call)
    createOutboundOrder(world, call.seller, { order: readOrder2020(call.seller, call.body), now: call.now })
    return ok({})
  },
  getFulfillmentOrder: (world: World, call: Call): CallResult =>
    ok({ payload: orderDetail2020(getOutboundOrder(world, call.seller, orderIn(call))) }),
  listAllFulfillmentOrders: (world: World, call: Call): CallResult => {
    const { page, next } = pageOf(world, call, 'queryStartDate')
    return ok({ payload: { fulfillmentOrders: page.map(orderView2020), ...next } })
  },
  updateFulfillmentOrder: (world: World, call: Call): CallResult => {
    requireJson(call)
    updateOutboundOrder(world, call.seller, { ...orderIn(call), ...readUpdate2020(call.body) })
    return ok({})
  },
  cancelFulfillmentOrder: (world: World, call: Call): CallResult => {
    cancelOutboundOrder(world, call.seller, orderIn(call))
    return ok({})
  },
  getPackageTrackingDetails: (world: World, { seller, query, now }: Call): CallResult => {
    const number = query.find('packageNumber') ?? ''
    const order = listOutboundOrders(world, seller, now).find(
      ({ shipment }) => String(shipment?.packageNumber) === number,
    )
    if (!order?.shipment) throw notFound(`Package '${number}' was not found.`)
    return ok({ payload: trackingView2020(order.shipment) })
  },
  createOutboundOrder: (world: World, call: Call): CallResult => {
    requireJson(call)
    const order = createOutboundOrder(world, call.seller, {
      order: readOrder2026(call.seller, call.body),
      now: call.now,
    })
    return ok({ order: orderView2026(order, false) })
  },
  getOutboundOrder: (world: World, call: Call): CallResult =>
    ok({ order: orderView2026(getOutboundOrder(world, call.seller, orderIn(call)), wantsShipments(call)) }),
  listOutboundOrders: (world: World, call: Call): CallResult => {
    const { page, next } = pageOf(world, call, 'updatedAfter')
    const pagination = next.nextToken === undefined ? {} : { pagination: { nextToken: next.nextToken } }
    return ok({ orders: page.map((order) => orderView2026(order, wantsShipments(call))), ...pagination })
  },
  updateOutboundOrder: (world: World, call: Call): CallResult => {
    requireJson(call)
    const order = updateOutboundOrder(world, call.seller, { ...orderIn(call), ...readUpdate2026(call.body) })
    return { status: 202, body: { order: orderView2026(order, false) } }
  },
  cancelOutboundOrder: (world: World, call: Call): CallResult => {
    const order = cancelOutboundOrder(world, call.seller, orderIn(call))
    return { status: 202, body: { order: orderView2026(order, false) } }
  },
}

const pageSize = 50

function pageOf(world: World, call: Call, since: string) {
  const { seller, query, now } = call
  const text = query.find(since)
  const after = text === undefined ? now - 36 * 3600 * 1000 : parseIso(text)
  if (after === undefined) throw invalidInput(`Value '${text}' of '${since}' is not an ISO 8601 date-time.`)
  const tokenName = since === 'updatedAfter' ? 'pageToken' : 'nextToken'
  const rule = { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0, complain: invalidInput }
  const offset = integerOf(query, tokenName, rule)
  const found = listOutboundOrders(world, seller, now).filter(({ statusAt }) => statusAt >= after)
  const end = offset + pageSize
  const next: { nextToken?: string } = found.length > end ? { nextToken: String(end) } : {}
  return { page: found.slice(offset, end), next }
}

function wantsShipments({ query }: Call): boolean {
  return query.find('shipments') !== 'EXCLUDE'
}

function orderIn({ params, now }: Call): { id: string; now: number } {
  return { id: params['orderId'] ?? '', now }
}

function ok(body: unknown): CallResult {
  return { status: 200, body }
}
