import { listOutboundOrders } from '../outbound/outbound-orders.ts'
import type { OutboundStatus } from '../outbound/records.ts'
import { ControlRefusalError } from '../refusals.ts'
import { isoMillis } from '../times.ts'
import type { World } from '../world.ts'
import { Input } from './input.ts'
import { sellerIn, findSeller } from './sellers.ts'

/** An order for Amazon's warehouse as the control API shows it. */
export interface OutboundView {
  id: string
  status: OutboundStatus
  statusAt: string
  isStuck: boolean
}

/** All of a seller's orders for Amazon's warehouse, newest change first. */
export function listOutbound(
  world: World,
  which: { sellerId: string; region?: string | undefined },
  now: number,
): OutboundView[] {
  return listOutboundOrders(world, findSeller(world, which), now).map(({ id, status, statusAt, isStuck }) => ({
    id,
    status,
    statusAt: isoMillis(statusAt),
    isStuck,
  }))
}

/** Makes an order stay in Planning, or lets it go on from now. */
export function changeOutbound(world: World, body: unknown, now: number): OutboundView {
  const input = new Input(body, ['sellerId', 'region', 'id', 'stuck'])
  const seller = sellerIn(world, input)
  const id = input.text('id')
  const order = listOutboundOrders(world, seller, now).find((candidate) => candidate.id === id)
  if (!order)
    throw new ControlRefusalError(404, { code: 'NOT_FOUND', field: 'id', message: `no fulfilment order '${id}'` })
  const isStuck = input.flag('stuck', order.isStuck)
  if (order.isStuck && !isStuck && order.status === 'Planning') order.statusAt = now
  order.isStuck = isStuck
  world.outboundOrders.save(order)
  return { id, status: order.status, statusAt: isoMillis(order.statusAt), isStuck }
}
