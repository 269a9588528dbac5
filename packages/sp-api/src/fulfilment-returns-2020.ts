import { z } from 'zod'

import { describeCall, jsonOf } from './call.ts'
import {
  callUnless,
  checkId,
  checkOrderId,
  checkText,
  ifGiven,
  type OutboundCall,
  type OutboundRefusal,
  refused,
} from './outbound-checks.ts'
import { instantOrNull, textOrNull } from './outbound-values.ts'
import { checkChannelSku } from './sku-encoding.ts'

// Source of every shape here: SP-API, Fulfillment Outbound 2020-07-01, returns. 2026-07-04 has none.

/** The most items of one return: no limit is documented; an order has no more lines. */
const MAX_RETURN_ITEMS = 100

/** Of Amazon's own ids and codes, for which it states no limit; this one keeps a mistake from being sent. */
const MAX_WORD_CHARACTERS = 100

/** Which reasons to ask for. */
export interface ReturnReasonsSearch {
  readonly sku: string
  /** Of the order that is returned; or the marketplace, where there is none yet. */
  readonly orderId?: string
  readonly marketplaceId?: string
  /** The language of `translated`, as en_GB. */
  readonly language?: string
}

/** A reason that a return may name. */
export interface ReturnReason {
  readonly code: string
  readonly text: string
  readonly translated: string | null
}

/** One item to return. */
export interface ReturnItemWish {
  /** The seller's own, unique in the return. */
  readonly returnItemId: string
  /** The line of the order. */
  readonly itemId: string
  readonly shipmentId: string
  /** One of those that `listReturnReasonsCall` brings. */
  readonly reasonCode: string
  readonly comment?: string
}

/** An item that Amazon expects back. */
export interface ReturnItem {
  readonly returnItemId: string
  readonly itemId: string
  readonly shipmentId: string
  readonly reasonCode: string
  /** New or Processed. */
  readonly status: string
  readonly statusAt: Date | null
  readonly authorizationId: string | null
  /** Sellable, Defective and others, once it has arrived. */
  readonly condition: string | null
}

/** What came of a return: items are taken one by one. */
export interface ReturnOutcome {
  readonly taken: readonly ReturnItem[]
  readonly refused: readonly { readonly returnItemId: string; readonly itemId: string; readonly reason: string }[]
  /** Label and warehouse for the items that were taken. */
  readonly authorizations: readonly ReturnAuthorization[]
}

export interface ReturnAuthorization {
  readonly authorizationId: string
  readonly rmaId: string
  readonly facilityId: string | null
  /** The page with the return label. */
  readonly labelUrl: string | null
}

/** Asks for which reasons an item may be returned. */
export function listReturnReasonsCall(search: ReturnReasonsSearch): OutboundCall {
  const sku = checkChannelSku(search.sku)
  const problem = sku.kind === 'refused' ? refused('sku', `${sku.detail}: correct the SKU`) : undefined
  return callUnless(problem ?? ifGiven(search.orderId, checkOrderId), () =>
    describeCall('listReturnReasonCodes', {
      query: {
        sellerSku: search.sku,
        marketplaceId: search.marketplaceId,
        sellerFulfillmentOrderId: search.orderId,
        language: search.language,
      },
    }),
  )
}

/** Announces a return. Not repeatable after an unknown outcome: read the order first, it lists its returns. */
export function createFulfillmentReturnCall(orderId: string, items: readonly ReturnItemWish[]): OutboundCall {
  return callUnless(checkOrderId(orderId) ?? checkReturn(items), () =>
    describeCall('createFulfillmentReturn', {
      path: { sellerFulfillmentOrderId: orderId },
      json: {
        items: items.map((item) => ({
          sellerReturnItemId: item.returnItemId,
          sellerFulfillmentOrderItemId: item.itemId,
          amazonShipmentId: item.shipmentId,
          returnReasonCode: item.reasonCode,
          returnComment: item.comment,
        })),
      },
    }),
  )
}

const ReasonShape = z
  .object({ returnReasonCode: z.string().min(1), description: textOrNull, translatedDescription: textOrNull })
  .transform((read): ReturnReason => ({
    code: read.returnReasonCode,
    text: read.description ?? read.returnReasonCode,
    translated: read.translatedDescription,
  }))
const ReasonsShape = z.object({ payload: z.object({ reasonCodeDetails: z.array(ReasonShape).nullish() }) })

/** The reasons, or undefined for a body that holds none. */
export function readReturnReasons(body: Uint8Array): readonly ReturnReason[] | undefined {
  const read = ReasonsShape.safeParse(jsonOf(body))
  return read.success ? (read.data.payload.reasonCodeDetails ?? []) : undefined
}

/** An item of a return as Amazon writes it, in the reply to a return and in its order. */
export const ReturnItemShape = z
  .object({
    sellerReturnItemId: z.string().min(1),
    sellerFulfillmentOrderItemId: z.string(),
    amazonShipmentId: z.string(),
    sellerReturnReasonCode: z.string(),
    status: z.string(),
    statusChangedDate: instantOrNull,
    returnAuthorizationId: textOrNull,
    returnReceivedCondition: textOrNull,
  })
  .transform((read): ReturnItem => ({
    returnItemId: read.sellerReturnItemId,
    itemId: read.sellerFulfillmentOrderItemId,
    shipmentId: read.amazonShipmentId,
    reasonCode: read.sellerReturnReasonCode,
    status: read.status,
    statusAt: read.statusChangedDate,
    authorizationId: read.returnAuthorizationId,
    condition: read.returnReceivedCondition,
  }))
const RefusedShape = z
  .object({
    sellerReturnItemId: z.string().min(1),
    sellerFulfillmentOrderItemId: z.string(),
    invalidItemReason: z.object({ invalidItemReasonCode: textOrNull, description: textOrNull }).nullish(),
  })
  .transform(({ sellerReturnItemId, sellerFulfillmentOrderItemId, invalidItemReason: why }) => ({
    returnItemId: sellerReturnItemId,
    itemId: sellerFulfillmentOrderItemId,
    reason: [why?.invalidItemReasonCode, why?.description].filter(Boolean).join(': ') || 'Amazon names no reason',
  }))
const AuthorizationShape = z
  .object({
    returnAuthorizationId: z.string().min(1),
    amazonRmaId: z.string(),
    fulfillmentCenterId: textOrNull,
    rmaPageURL: textOrNull,
  })
  .transform((read): ReturnAuthorization => ({
    authorizationId: read.returnAuthorizationId,
    rmaId: read.amazonRmaId,
    facilityId: read.fulfillmentCenterId,
    labelUrl: read.rmaPageURL,
  }))
const OutcomeShape = z.object({
  payload: z.object({
    returnItems: z.array(ReturnItemShape).nullish(),
    invalidReturnItems: z.array(RefusedShape).nullish(),
    returnAuthorizations: z.array(AuthorizationShape).nullish(),
  }),
})

/** What came of a return, or undefined for a body that does not say. */
export function readReturnOutcome(body: Uint8Array): ReturnOutcome | undefined {
  const read = OutcomeShape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  const { returnItems, invalidReturnItems, returnAuthorizations } = read.data.payload
  return { taken: returnItems ?? [], refused: invalidReturnItems ?? [], authorizations: returnAuthorizations ?? [] }
}

function checkReturn(items: readonly ReturnItemWish[]): OutboundRefusal | undefined {
  if (items.length < 1 || items.length > MAX_RETURN_ITEMS) {
    return refused('items', `${String(items.length)} items: a return takes 1 to ${String(MAX_RETURN_ITEMS)}`)
  }
  for (const [index, item] of items.entries()) {
    const field = `items[${String(index)}]`
    const problem =
      checkId(`${field}.returnItemId`, item.returnItemId, 80) ??
      checkId(`${field}.itemId`, item.itemId, 50) ??
      checkId(`${field}.shipmentId`, item.shipmentId, MAX_WORD_CHARACTERS) ??
      checkId(`${field}.reasonCode`, item.reasonCode, MAX_WORD_CHARACTERS) ??
      ifGiven(item.comment, (text) => checkText(`${field}.comment`, text, 1_000))
    if (problem) return problem
  }
  const ids = items.map(({ returnItemId }) => returnItemId)
  const twice = ids.find((id, index) => ids.indexOf(id) < index)
  return twice === undefined
    ? undefined
    : refused('items', `${JSON.stringify(twice)} names two items: give each an id of its own`)
}
