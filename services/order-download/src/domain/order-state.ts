import { openUnits } from './open-units.ts'
import { stateOfStatus } from './order-status.ts'
import type { Order, OrderState } from './order.ts'

/** Amazon's status decides, except that an order whose last open unit we despatched is done here before Amazon shows it. */
export function stateOf(order: Pick<Order, 'channelStatus' | 'lines'>): OrderState {
  const state = stateOfStatus(order.channelStatus)
  if (state !== 'open') return state
  const hasDespatch = order.lines.some((line) => line.despatched > 0)
  return hasDespatch && order.lines.every((line) => openUnits(line) === 0) ? 'processed' : 'open'
}
