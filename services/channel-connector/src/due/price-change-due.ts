import { jittered, Wakeup } from '@lockstep/postgres/wakeup'
import type { Logger } from '@lockstep/telemetry/logger'

import { handOnPrices, type HandOnDeps } from '../commands/hand-on-prices.ts'

/** A running loop. */
export interface PriceChangeDue extends AsyncDisposable {
  poke(): void
}

const lookEveryMs = 5_000
/** What changes meanwhile goes out together. */
const gatherMs = 500

/** Hands channel prices on as they come, some at a time. A look that fails is repeated at the next one. */
export function startPriceChangeDue(deps: HandOnDeps & { log: Logger; poke(): void }): PriceChangeDue {
  const wakeup = new Wakeup()
  const pause = new Wakeup()
  const stopping = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await wakeup.sleep(jittered(lookEveryMs))
      await pause.sleep(gatherMs)
      if (!stopping.signal.aborted) await look(deps)
    }
  }
  const running = run()
  return {
    poke: () => wakeup.poke(),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      wakeup.poke()
      pause.poke()
      await running
    },
  }
}

async function look(deps: HandOnDeps & { log: Logger; poke(): void }): Promise<void> {
  try {
    if ((await handOnPrices(deps)) > 0) deps.poke()
  } catch (error) {
    deps.log.warn({ err: error }, 'channel prices put off')
  }
}
