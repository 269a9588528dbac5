import type { Bus } from '@lockstep/bus/connect'
import { startConsumers } from '@lockstep/bus/consumer'
import type { Logger } from '@lockstep/telemetry/logger'

import type { HandOnDeps } from './commands/hand-on-prices.ts'
import { onPrices } from './consumers/on-prices.ts'
import { startPriceChangeDue } from './due/price-change-due.ts'

/** Channel prices of one process. */
export interface Prices extends AsyncDisposable {
  isHealthy(): boolean
}

/** Starts taking channel prices in and handing them to the price lane. `poke` wakes the lane. */
export async function startPrices(deps: HandOnDeps & { bus: Bus; log: Logger; poke(): void }): Promise<Prices> {
  await using stack = new AsyncDisposableStack()
  const { bus, log, db } = deps
  const due = stack.use(startPriceChangeDue(deps))
  const consumer = onPrices({ db, poke: () => due.poke() })
  const consumers = stack.use(await startConsumers({ bus, log, stream: 'inventory', consumers: [consumer] }))
  const running = stack.move()
  return { isHealthy: () => consumers.isHealthy(), [Symbol.asyncDispose]: () => running.disposeAsync() }
}
