import { z } from 'zod'

import { describeCall, jsonOf } from './call.ts'
import { lineItemOf, type OutboundLineWish, type ServiceTier } from './fulfilment-outbound-2026.ts'
import type { Money } from './orders.ts'
import {
  callUnless,
  checkAddress,
  checkCountry,
  checkLines,
  MAX_OUTBOUND_LINES,
  type OutboundAddress,
  type OutboundCall,
  type OutboundRefusal,
  refused,
} from './outbound-checks.ts'
import { instantOrNull, moneyOrNull, readableOf, textOrNull, unitsOrNull } from './outbound-values.ts'
import { checkChannelSku } from './sku-encoding.ts'

// Source of every shape here: SP-API, Fulfillment Outbound 2026-07-04, getOrderPreview and getOffers.

/** An order that might be placed. Its lines are told apart by their places in it: a preview takes no ids of lines. */
export interface OutboundPreviewWish {
  readonly originCountry: string
  readonly address: OutboundAddress
  readonly items: readonly OutboundLineWish[]
  /** Amazon's choice when absent. */
  readonly tiers?: readonly ServiceTier[]
}

/** Products that might be ordered. */
export interface OutboundOffersWish {
  readonly originCountry: string
  /** Whatever is known of where they go: no more than country and postal code is needed. */
  readonly destination?: { readonly countryCode: string; readonly postalCode: string }
  readonly skus: readonly string[]
  readonly tiers?: readonly ServiceTier[]
}

/** How an order would go. Nothing is reserved by it. */
export interface OutboundPreview {
  readonly shipments: readonly OutboundPlannedShipment[]
  /** What stands against it, in Amazon's words. */
  readonly constraints: readonly OutboundConstraint[]
}

export interface OutboundPlannedShipment {
  readonly items: readonly { readonly sku: string; readonly quantity: number | null }[]
  readonly offers: readonly OutboundOffer[]
}

/** One way to have it delivered. */
export interface OutboundOffer {
  readonly tier: string | null
  readonly shipsFrom: Date | null
  readonly shipsUntil: Date | null
  readonly arrivesFrom: Date | null
  readonly arrivesUntil: Date | null
  /** Of a preview's offers: what it would cost. */
  readonly price: Money | null
  /** Of a product's offers: until when it may be shown. */
  readonly expiresAt: Date | null
}

export interface OutboundConstraint {
  readonly code: string
  readonly text: string | null
}

/** The ways to have one product delivered. */
export interface OutboundOfferResult {
  readonly sku: string
  readonly offers: readonly OutboundOffer[]
  readonly constraints: readonly OutboundConstraint[]
}

/** Asks what an order would cost and when it would arrive. */
export function getOutboundPreviewCall(wish: OutboundPreviewWish): OutboundCall {
  const { originCountry, address, items, tiers } = wish
  return callUnless(checkCountry('originCountry', originCountry) ?? checkAddress(address) ?? checkLines(items), () =>
    describeCall('getOutboundOrderPreview', {
      json: {
        origin: { countryCode: originCountry },
        destination: { deliveryAddress: address },
        fulfillmentConfiguration: configurationOf(tiers),
        lineItems: items.map(lineItemOf),
      },
    }),
  )
}

/** Asks when products would arrive, before there is an order. */
export function getOutboundOffersCall(wish: OutboundOffersWish): OutboundCall {
  const { originCountry, destination, skus, tiers } = wish
  return callUnless(checkCountry('originCountry', originCountry) ?? checkSkus(skus), () =>
    describeCall('getOutboundOffers', {
      json: {
        origin: { countryCode: originCountry },
        destination: destination && { deliveryAddress: destination },
        fulfillmentConfiguration: configurationOf(tiers),
        items: skus.map((sku) => ({ productIdentifier: { amazonSku: sku } })),
      },
    }),
  )
}

const IntervalShape = z.object({ startTime: instantOrNull, endTime: instantOrNull }).nullish()
const ServiceShape = z.object({
  serviceTier: textOrNull,
  deliveryInterval: IntervalShape,
  shipInterval: IntervalShape,
})
const OfferShape = z
  .object({
    expiryTime: instantOrNull,
    estimatedPrice: z.object({ totalPrice: moneyOrNull }).nullish(),
    fulfillmentConfiguration: z.object({ serviceLevel: ServiceShape.nullish() }).nullish(),
  })
  .transform(({ expiryTime, estimatedPrice, fulfillmentConfiguration }): OutboundOffer => {
    const service = fulfillmentConfiguration?.serviceLevel
    return {
      tier: service?.serviceTier ?? null,
      shipsFrom: service?.shipInterval?.startTime ?? null,
      shipsUntil: service?.shipInterval?.endTime ?? null,
      arrivesFrom: service?.deliveryInterval?.startTime ?? null,
      arrivesUntil: service?.deliveryInterval?.endTime ?? null,
      price: estimatedPrice?.totalPrice ?? null,
      expiresAt: expiryTime,
    }
  })
const ConstraintShape = z
  .object({ code: z.string().min(1), message: textOrNull })
  .transform((read): OutboundConstraint => ({ code: read.code, text: read.message }))
const ProductShape = z.object({ amazonSku: z.string() })
const PlannedShape = z
  .object({
    items: z.array(z.object({ productIdentifier: ProductShape, amount: unitsOrNull })),
    offers: readableOf(OfferShape),
  })
  .transform((read): OutboundPlannedShipment => ({
    items: read.items.map((item) => ({ sku: item.productIdentifier.amazonSku, quantity: item.amount })),
    offers: read.offers,
  }))
const PreviewShape = z.object({ plannedShipments: z.array(PlannedShape), constraints: readableOf(ConstraintShape) })
const ResultShape = z
  .object({
    item: z.object({ productIdentifier: ProductShape }),
    offers: readableOf(OfferShape),
    constraints: readableOf(ConstraintShape),
  })
  .transform(({ item, offers, constraints }): OutboundOfferResult => ({
    sku: item.productIdentifier.amazonSku,
    offers,
    constraints,
  }))
const OffersShape = z.object({ offerResults: z.array(ResultShape).nullish() })

/** How an order would go, or undefined for a body that does not say. */
export function readOutboundPreview(body: Uint8Array): OutboundPreview | undefined {
  const read = PreviewShape.safeParse(jsonOf(body))
  return read.success ? { shipments: read.data.plannedShipments, constraints: read.data.constraints } : undefined
}

/** The offers of each product, or undefined for a body that is none. */
export function readOutboundOffers(body: Uint8Array): readonly OutboundOfferResult[] | undefined {
  const read = OffersShape.safeParse(jsonOf(body))
  return read.success ? (read.data.offerResults ?? []) : undefined
}

function configurationOf(tiers: readonly ServiceTier[] | undefined): object | undefined {
  return tiers && { serviceLevel: { serviceTiers: tiers } }
}

function checkSkus(skus: readonly string[]): OutboundRefusal | undefined {
  if (skus.length < 1 || skus.length > MAX_OUTBOUND_LINES) {
    return refused('skus', `${String(skus.length)} SKUs: one call takes 1 to ${String(MAX_OUTBOUND_LINES)}`)
  }
  for (const [index, sku] of skus.entries()) {
    const check = checkChannelSku(sku)
    if (check.kind === 'refused') return refused(`skus[${String(index)}]`, `${check.detail}: correct the SKU`)
  }
  return undefined
}
