import { isJsonObject } from '../json.ts'
import type { Seller } from '../records.ts'
import type { World } from '../world.ts'
import { shippableUnits } from './outbound-orders.ts'
import { marketplaceOf, readItems2020 } from './read-order.ts'

/** getFulfillmentPreview 2020-07-01: what could be shipped now, at Standard and Expedited speed. */
export function previewOrder2020(world: World, seller: Seller, call: { body: unknown; now: number }): unknown {
  const fields = isJsonObject(call.body) ? call.body : {}
  const marketplaceId = marketplaceOf(seller, fields['marketplaceId'])
  const items = readItems2020(fields['items']).map((item) => {
    const free = shippableUnits(world, seller, { sku: item.sku, marketplaceId, now: call.now })
    return { ...item, shippable: Math.min(free, item.quantity) }
  })
  const isFulfillable = items.every(({ shippable, quantity }) => shippable === quantity)
  const view = (units: (item: (typeof items)[number]) => number) =>
    items
      .filter((item) => units(item) > 0)
      .map((item) => ({
        sellerSku: item.sku,
        quantity: units(item),
        sellerFulfillmentOrderItemId: item.itemId,
      }))
  const missing = view(({ quantity, shippable }) => quantity - shippable)
  const fulfillmentPreviews = ['Standard', 'Expedited'].map((shippingSpeedCategory) => ({
    shippingSpeedCategory,
    isFulfillable,
    isCODCapable: false,
    marketplaceId,
    fulfillmentPreviewShipments: isFulfillable ? [{ fulfillmentPreviewItems: view(({ shippable }) => shippable) }] : [],
    unfulfillablePreviewItems: missing.map((item) => ({ ...item, itemUnfulfillableReasons: ['InsufficientStock'] })),
  }))
  return { payload: { fulfillmentPreviews } }
}
