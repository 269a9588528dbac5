import { call } from '@lockstep/rpc/client'
import type { Command } from 'commander'

import { type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import type { Output } from '../output.ts'
import { levelShape, locationShape } from '../shapes/stock.ts'

/** orders move. */
export function addMoveOrderCommand(orders: Command, run: Run): void {
  orders
    .command('move <order> <location>')
    .description('serve an order from another location: what it has reserved goes there with it')
    .action(run(moveOrder))
}

async function moveOrder(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [order = '', location = ''] = args
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  const found = await call(context.clients.orders, 'getOrder', { order }, { ...settings, readOnly: true })
  const request = { idempotencyKey: context.idempotencyKey, orderId: found.order?.id ?? '', location }
  const moved = await call(context.clients.locations, 'moveOrder', request, settings)
  if (!moved.location) throw new Error('the answer holds no location')
  return {
    json: {
      order: { id: request.orderId, channel_order_id: found.order?.channelOrderId ?? null },
      location: locationShape(moved.location),
      levels: moved.levels.map(levelShape),
    },
    text: `${found.order?.channelOrderId ?? order} is served from ${moved.location.name}\n`,
  }
}
