import type { Despatch } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_service.ts'
import type { LineBooks } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import {
  Fulfilment,
  type GetOrderResponse,
  type Order,
  type OrderLine,
  OrderState,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { AuditEntry } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'
import { despatchReasons } from '@lockstep/contracts/reasons'

import type {
  AuditEntryAnswer,
  DespatchAnswer,
  OrderAnswer,
  OrderLineAnswer,
  OrderStateWord,
  OrderSummary,
} from '../wire/order.ts'
import { linkedItem } from './listing-answer.ts'
import { enumWord, instant, textOrNull, units } from './values.ts'

const stateWords: Readonly<Record<OrderState, OrderStateWord>> = {
  [OrderState.UNSPECIFIED]: 'unknown',
  [OrderState.UNRECOGNIZED]: 'unknown',
  [OrderState.PARKED]: 'parked',
  [OrderState.OPEN]: 'open',
  [OrderState.PROCESSED]: 'processed',
  [OrderState.CANCELLED]: 'cancelled',
  [OrderState.QUARANTINED]: 'quarantined',
}

const fulfilments: Readonly<Record<Fulfilment, OrderSummary['fulfilledBy']>> = {
  [Fulfilment.UNSPECIFIED]: null,
  [Fulfilment.UNRECOGNIZED]: null,
  [Fulfilment.MERCHANT]: 'MERCHANT',
  [Fulfilment.AMAZON]: 'AMAZON',
}

/** An order in a list. */
export function orderSummary(order: Order): OrderSummary {
  const lines = order.lines.map(({ channelSku, title, ordered }) => ({ channelSku, title, ordered: units(ordered) }))
  return { ...orderHead(order), lines }
}

function orderHead(order: Order): Omit<OrderSummary, 'lines'> {
  return {
    id: order.id,
    channelOrderId: order.channelOrderId,
    accountId: textOrNull(order.accountId),
    marketplace: order.marketplace,
    fulfilledBy: fulfilments[order.fulfilledBy],
    channelStatus: order.channelStatus,
    state: stateWords[order.state],
    folder: order.folder,
    createdAt: instant(order.createdAt),
    receivedAt: instant(order.receivedAt),
    shipBy: instant(order.shipBy),
    buyerCancelRequested: order.buyerCancelRequested,
  }
}

/** What four calls know of an order; a part is undefined when its service could not say. */
export interface OrderParts {
  readonly found: GetOrderResponse
  readonly order: Order
  readonly books: readonly LineBooks[] | undefined
  readonly despatches: readonly Despatch[] | undefined
  readonly locationName: string | undefined
}

/** One order, whole. */
export function orderAnswer({ found, order, books, despatches, locationName }: OrderParts): OrderAnswer {
  return {
    order: {
      ...orderHead(order),
      channelUpdatedAt: instant(order.channelUpdatedAt),
      beforeGoLive: order.beforeGoLive,
      programs: order.programs,
      location: locationName ?? textOrNull(order.locationId),
    },
    lines: order.lines.map((line) =>
      lineAnswer(
        line,
        books?.find(({ orderLineId }) => orderLineId === line.id),
      ),
    ),
    despatches: despatches?.map(despatchAnswer) ?? null,
    canDespatch: found.canDespatch,
    cannotDespatch: found.canDespatch ? null : cannotDespatch(found),
  }
}

const nextSteps: Readonly<Record<string, { readonly nextStep: string } | undefined>> = despatchReasons

function cannotDespatch({
  cannotDespatchReason,
  cannotDespatchDetail,
}: GetOrderResponse): OrderAnswer['cannotDespatch'] {
  const nextStep = nextSteps[cannotDespatchReason]?.nextStep ?? null
  return { code: cannotDespatchReason, detail: cannotDespatchDetail, nextStep }
}

function lineAnswer(line: OrderLine, books: LineBooks | undefined): OrderLineAnswer {
  const done = books ? units(books.despatched + books.shippedOutside) : units(line.fulfilledOnAmazon)
  const ordered = units(line.ordered)
  const cancelled = units(line.cancelled)
  return {
    id: line.id,
    channelSku: line.channelSku,
    title: line.title,
    item: linkedItem(line),
    ordered,
    cancelled,
    fulfilledOnAmazon: units(line.fulfilledOnAmazon),
    books: books
      ? {
          despatched: units(books.despatched),
          shippedOutside: units(books.shippedOutside),
          reserved: units(books.reserved),
        }
      : null,
    open: Math.max(0, ordered - cancelled - done),
    price: line.price ? { minor: units(line.price.minor), currency: line.price.currency } : null,
  }
}

/** One parcel of an order. */
export function despatchAnswer(despatch: Despatch): DespatchAnswer {
  return {
    id: despatch.id,
    parcel: despatch.parcel,
    carrier: despatch.carrier,
    service: textOrNull(despatch.service),
    tracking: textOrNull(despatch.tracking),
    state: enumWord(despatch.state, 'DESPATCH_STATE_'),
    attempts: despatch.attempts,
    nextAttemptAt: instant(despatch.nextAttemptAt),
    error: textOrNull(despatch.error),
    despatchedAt: instant(despatch.despatchedAt),
    lines: despatch.lines.map(({ orderLineId, quantity }) => ({ orderLineId, quantity: units(quantity) })),
  }
}

/** One entry of the audit trail. */
export function auditEntryAnswer(entry: AuditEntry): AuditEntryAnswer {
  return {
    at: instant(entry.at),
    text: entry.text,
    note: textOrNull(entry.note),
    actor: textOrNull(entry.actor),
    cause: textOrNull(entry.cause),
    old: textOrNull(entry.oldValue),
    new: textOrNull(entry.newValue),
  }
}
