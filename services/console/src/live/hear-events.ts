import { type Bus, connectBus } from '@lockstep/bus/connect'
import { parseSubject } from '@lockstep/contracts/subjects'
import type { Logger } from '@lockstep/telemetry/logger'

import type { HintHub } from './hint-hub.ts'

/** What hearing events takes. */
export interface HearEventsOptions {
  readonly natsUrl: string
  readonly log: Logger
  readonly hub: HintHub
}

const everyEvent = 'evt.>'

/**
 * Hears every event as it passes and tells the hub who changed, never what. A plain subscription: it leaves no trace on the broker, and what passes while
 * the connection is down is not heard, so after each reconnection every page reads everything again. The console serves without a broker; it only goes quiet.
 */
export function hearEvents({ natsUrl, log, hub }: HearEventsOptions): AsyncDisposable {
  let ended = false
  let heard: { bus: Bus; watching: Promise<void> } | undefined
  const listen = async (): Promise<void> => {
    const bus = await connectBus({ url: natsUrl, name: 'console', log })
    if (ended) return bus[Symbol.asyncDispose]()
    subscribe(bus, hub)
    heard = { bus, watching: watch(bus, hub) }
  }
  listen().catch((error: unknown) => log.error({ err: error }, 'events cannot be heard'))
  return {
    // Before the first connection there is nothing to close, and waiting for it could take for ever.
    async [Symbol.asyncDispose]() {
      ended = true
      await heard?.bus[Symbol.asyncDispose]()
      await heard?.watching
    },
  }
}

function subscribe({ connection }: Bus, hub: HintHub): void {
  connection.subscribe(everyEvent, {
    callback: (error, message) => {
      const subject = error ? undefined : parseSubject(message.subject)
      if (!subject) return
      const { entity, verb, accountId, entityId } = subject
      hub.tell({ entity, verb, account: accountId ?? null, id: entityId })
    },
  })
  hub.setHearing(true)
}

async function watch({ connection }: Bus, hub: HintHub): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === 'disconnect') hub.setHearing(false)
    if (type !== 'reconnect') continue
    hub.setHearing(true)
    hub.tellEverything()
  }
  hub.setHearing(false)
}
