import type { Despatch } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_service.ts'
import type { LineBooks, Location } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import {
  Fulfilment,
  type GetOrderResponse,
  type Order,
  type OrderLine,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import type { AuditEntry } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'

import { enumWord, isoTime, jsonNumber, moneyShape, textOrNull } from './values.ts'

/** What orders show is made of; each part comes from the service that owns it. */
export interface OrderParts {
  readonly found: GetOrderResponse
  readonly books: readonly LineBooks[]
  readonly despatches: readonly Despatch[]
  readonly locations: readonly Location[]
}

const fulfilmentWords: Readonly<Record<string, string>> = {
  [Fulfilment.MERCHANT]: 'MERCHANT',
  [Fulfilment.AMAZON]: 'AMAZON',
}

/** The order itself. */
export function orderShape(order: Order, locations: readonly Location[]) {
  const location = locations.find(({ id }) => id === order.locationId)
  return {
    id: order.id,
    channel_order_id: order.channelOrderId,
    account: textOrNull(order.accountId),
    marketplace: order.marketplace,
    fulfilled_by: fulfilmentWords[order.fulfilledBy] ?? null,
    channel_status: order.channelStatus,
    state: enumWord(order.state, 'ORDER_STATE_'),
    folder: order.folder,
    location: order.locationId === '' ? null : { id: order.locationId, name: location?.name ?? null },
    revision: jsonNumber(order.revision),
    created_at: isoTime(order.createdAt),
    channel_updated_at: isoTime(order.channelUpdatedAt),
    received_at: isoTime(order.receivedAt),
    ship_by: isoTime(order.shipBy),
    buyer_cancel_requested: order.buyerCancelRequested,
    before_go_live: order.beforeGoLive,
    programs: order.programs,
  }
}

function lineShape(line: OrderLine, books: LineBooks | undefined) {
  return {
    id: line.id,
    channel_line_id: line.channelLineId,
    channel_sku: line.channelSku,
    item: line.itemId === '' ? null : { id: line.itemId, sku: line.itemSku },
    ordered: jsonNumber(line.ordered),
    cancelled: jsonNumber(line.cancelled),
    despatched: jsonNumber(books?.despatched ?? 0n),
    shipped_outside: jsonNumber(books?.shippedOutside ?? 0n),
    reserved: jsonNumber(books?.reserved ?? 0n),
    price: moneyShape(line.price),
  }
}

/** A despatch of orders show. */
export const despatchShape = (despatch: Despatch) => ({
  id: despatch.id,
  parcel: despatch.parcel,
  carrier: despatch.carrier,
  service: textOrNull(despatch.service),
  tracking: textOrNull(despatch.tracking),
  state: enumWord(despatch.state, 'DESPATCH_STATE_'),
  attempts: despatch.attempts,
  next_attempt_at: isoTime(despatch.nextAttemptAt),
  error: textOrNull(despatch.error),
})

/** orders show. A person may have moved the order: its books say where it is served from. */
export function orderPartsShape({ found, books, despatches, locations }: OrderParts) {
  const order = found.order
  const servedFrom = books.find(({ reserved, locationId }) => reserved > 0n && locationId !== '')?.locationId
  return {
    order: order ? orderShape({ ...order, locationId: servedFrom ?? order.locationId }, locations) : null,
    lines: (order?.lines ?? []).map((line) =>
      lineShape(
        line,
        books.find(({ orderLineId }) => orderLineId === line.id),
      ),
    ),
    despatches: despatches.map(despatchShape),
    can_despatch: found.canDespatch,
    cannot_despatch_reason: textOrNull(found.cannotDespatchReason),
  }
}

/** An entry of orders audit. */
export const auditShape = (entry: AuditEntry) => ({
  at: isoTime(entry.at),
  text: entry.text,
  note: textOrNull(entry.note),
  actor: textOrNull(entry.actor),
  cause: textOrNull(entry.cause),
  old: textOrNull(entry.oldValue),
  new: textOrNull(entry.newValue),
})
