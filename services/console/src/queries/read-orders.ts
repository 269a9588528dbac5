import { OrderState } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'

import { auditEntryAnswer, orderAnswer, orderSummary } from '../answers/order-answer.ts'
import { textOrNull } from '../answers/values.ts'
import { ask, type Asker, unlessAway } from '../peers/ask.ts'
import type { Peers } from '../peers/peers.ts'
import type { AuditPage, OrderAnswer, OrderPage } from '../wire/order.ts'

type OrderPeers = Pick<Peers, 'orders' | 'inventory' | 'despatches'>

/** Which orders are wanted; empty texts are no bound. */
export interface OrderQuestion {
  /** Account id or name. */
  readonly account: string
  readonly state: keyof typeof states
  readonly folder: '' | 'FBM' | 'FBA'
  readonly search: string
  readonly pageToken: string
}

const PAGE_SIZE = 50
const AUDIT_PAGE_SIZE = 200

const states = {
  all: OrderState.UNSPECIFIED,
  parked: OrderState.PARKED,
  open: OrderState.OPEN,
  processed: OrderState.PROCESSED,
  cancelled: OrderState.CANCELLED,
} as const

/** A page of orders, newest first. */
export async function listOrders(
  peers: Pick<Peers, 'orders' | 'accounts'>,
  { account, state, folder, search, pageToken }: OrderQuestion,
  asker: Asker,
): Promise<OrderPage> {
  const accountId = await accountIdOf(peers, account, asker)
  const page = { size: PAGE_SIZE, token: pageToken }
  const request = { accountId, state: states[state], folder, search, page }
  const { orders, nextPageToken } = await ask(peers.orders, 'listOrders', request, asker)
  return { orders: orders.map(orderSummary), nextPageToken: textOrNull(nextPageToken) }
}

/** Orders know their accounts by id alone; a name is looked up, and an unknown one refused. */
async function accountIdOf({ accounts }: Pick<Peers, 'accounts'>, account: string, asker: Asker): Promise<string> {
  if (account === '' || account.startsWith('acc_')) return account
  const answer = await ask(accounts, 'getAccount', { account }, asker)
  return answer.account?.id ?? account
}

/** One order by our id or Amazon's, with what inventory and despatch know of it. */
export async function readOrder(peers: OrderPeers, name: string, asker: Asker): Promise<OrderAnswer> {
  const found = await ask(peers.orders, 'getOrder', { order: name }, asker)
  const { order } = found
  if (!order) throw new TypeError('order-download has answered without an order')
  const [books, despatches, locations] = await Promise.all([
    unlessAway(ask(peers.inventory, 'getOrderBooks', { orderId: order.id }, asker)),
    unlessAway(ask(peers.despatches, 'listDespatches', { orderId: order.id }, asker)),
    unlessAway(ask(peers.inventory, 'listLocations', {}, asker)),
  ])
  return orderAnswer({
    found,
    order,
    books: books?.lines,
    despatches: despatches?.despatches,
    locationName: locations?.locations.find(({ id }) => id === order.locationId)?.name,
  })
}

/** A page of an order's audit trail, oldest first. */
export async function readAudit(
  peers: Pick<Peers, 'orders'>,
  { order, pageToken }: { order: string; pageToken: string },
  asker: Asker,
): Promise<AuditPage> {
  const page = { size: AUDIT_PAGE_SIZE, token: pageToken }
  const answer = await ask(peers.orders, 'listAuditEntries', { order, page }, asker)
  return {
    orderId: answer.orderId,
    entries: answer.entries.map(auditEntryAnswer),
    nextPageToken: textOrNull(answer.nextPageToken),
  }
}
