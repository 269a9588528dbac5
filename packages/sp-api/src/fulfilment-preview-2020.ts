import { z } from 'zod'

import { describeCall, jsonOf } from './call.ts'
import type { FulfilmentSpeed } from './fulfilment-outbound-2020.ts'
import type { Money } from './orders.ts'
import {
  callUnless,
  checkAddress,
  checkLines,
  type OutboundAddress,
  type OutboundCall,
  type OutboundLine,
} from './outbound-checks.ts'
import { instantOrNull, moneyOrNull, readableOf } from './outbound-values.ts'

// Source of every shape here: SP-API, Fulfillment Outbound 2020-07-01, getFulfillmentPreview.

/** An order that might be placed. */
export interface FulfilmentPreviewWish {
  readonly marketplaceId?: string
  readonly address: OutboundAddress
  readonly items: readonly OutboundLine[]
  /** Every speed when absent. */
  readonly speeds?: readonly FulfilmentSpeed[]
}

/** What would become of the order at one speed. Nothing is reserved by it. */
export interface FulfilmentPreview {
  readonly speed: string
  readonly isFulfillable: boolean
  readonly fees: readonly { readonly name: string; readonly amount: Money | null }[]
  readonly shipments: readonly FulfilmentPreviewShipment[]
  /** Which units are missing, and Amazon's words for why. */
  readonly missing: readonly (OutboundLine & { readonly reasons: readonly string[] })[]
  readonly reasons: readonly string[]
}

export interface FulfilmentPreviewShipment {
  readonly shipsFrom: Date | null
  readonly shipsUntil: Date | null
  readonly arrivesFrom: Date | null
  readonly arrivesUntil: Date | null
  readonly items: readonly OutboundLine[]
}

/** Asks what an order would cost and when it would arrive. */
export function getFulfillmentPreviewCall(wish: FulfilmentPreviewWish): OutboundCall {
  return callUnless(checkLines(wish.items) ?? checkAddress(wish.address), () =>
    describeCall('getFulfillmentPreview', {
      json: {
        marketplaceId: wish.marketplaceId,
        address: wish.address,
        shippingSpeedCategories: wish.speeds,
        items: wish.items.map(({ itemId, sku, quantity }) => ({
          sellerSku: sku,
          sellerFulfillmentOrderItemId: itemId,
          quantity,
        })),
      },
    }),
  )
}

const words = z
  .array(z.string())
  .nullish()
  .catch([])
  .transform((read) => read ?? [])
const RawItemShape = z.object({
  sellerSku: z.string(),
  sellerFulfillmentOrderItemId: z.string(),
  quantity: z.number().int(),
})
const ItemShape = RawItemShape.transform(itemFrom)
const MissingShape = RawItemShape.extend({ itemUnfulfillableReasons: words }).transform((read) => ({
  ...itemFrom(read),
  reasons: read.itemUnfulfillableReasons,
}))
const ShipmentShape = z
  .object({
    earliestShipDate: instantOrNull,
    latestShipDate: instantOrNull,
    earliestArrivalDate: instantOrNull,
    latestArrivalDate: instantOrNull,
    fulfillmentPreviewItems: z.array(ItemShape),
  })
  .transform((read): FulfilmentPreviewShipment => ({
    shipsFrom: read.earliestShipDate,
    shipsUntil: read.latestShipDate,
    arrivesFrom: read.earliestArrivalDate,
    arrivesUntil: read.latestArrivalDate,
    items: read.fulfillmentPreviewItems,
  }))
const PreviewShape = z
  .object({
    shippingSpeedCategory: z.string(),
    isFulfillable: z.boolean(),
    estimatedFees: readableOf(z.object({ name: z.string(), amount: moneyOrNull })),
    fulfillmentPreviewShipments: z.array(ShipmentShape).nullish(),
    unfulfillablePreviewItems: z.array(MissingShape).nullish(),
    orderUnfulfillableReasons: words,
  })
  .transform((read): FulfilmentPreview => ({
    speed: read.shippingSpeedCategory,
    isFulfillable: read.isFulfillable,
    fees: read.estimatedFees,
    shipments: read.fulfillmentPreviewShipments ?? [],
    missing: read.unfulfillablePreviewItems ?? [],
    reasons: read.orderUnfulfillableReasons,
  }))
const ReplyShape = z.object({ payload: z.object({ fulfillmentPreviews: z.array(PreviewShape).nullish() }) })

/** The previews, one for each speed; undefined for a body that is none. */
export function readFulfillmentPreviews(body: Uint8Array): readonly FulfilmentPreview[] | undefined {
  const read = ReplyShape.safeParse(jsonOf(body))
  return read.success ? (read.data.payload.fulfillmentPreviews ?? []) : undefined
}

function itemFrom(read: z.output<typeof RawItemShape>): OutboundLine {
  return { itemId: read.sellerFulfillmentOrderItemId, sku: read.sellerSku, quantity: read.quantity }
}
