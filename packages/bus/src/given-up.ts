import type { Subscription } from '@nats-io/nats-core'
import type { StreamDefinition } from '@lockstep/contracts/streams'
import type { Logger } from 'pino'
import type { Bus } from './connect.ts'
import { countMessages } from './consumer-metrics.ts'
import { park } from './parking.ts'

/** Whose messages are watched. */
export interface GivenUpOptions {
  bus: Bus
  log: Logger
  stream: StreamDefinition
  durable: string
}

/**
 * Parks what the broker stops delivering because nobody answered its last delivery: without this such a message stays in the stream and out of everybody's sight.
 * The broker says so once, to whoever listens; every process does, and parking twice stores once.
 */
export function parkGivenUp(options: GivenUpOptions): Subscription {
  const { bus, stream, durable } = options
  const subject = `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.${stream.name}.${durable}`
  const advisories = bus.connection.subscribe(subject)
  void parkEach(options, advisories)
  return advisories
}

async function parkEach(options: GivenUpOptions, advisories: Subscription): Promise<void> {
  const { log, durable } = options
  try {
    for await (const advisory of advisories) {
      await parkLost(options, advisory.json()).catch((error: unknown) =>
        log.error({ err: error, durable }, 'a message that is not delivered any more cannot be parked'),
      )
    }
  } catch (error) {
    log.warn({ err: error, durable }, 'the broker does not tell of lost deliveries')
  }
}

async function parkLost({ bus, log, stream, durable }: GivenUpOptions, advisory: unknown): Promise<void> {
  const { stream_seq: seq, deliveries } = numbersOf(advisory)
  const stored = await bus.whileConnected(bus.manager.streams.getMessage(stream.name, { seq }))
  if (!stored) return
  const messageId = stored.header.get('Nats-Msg-Id') || `${stream.name}:${seq}`
  const message = { data: stored.data, subject: stored.subject, seq, headers: stored.header, deliveries }
  await park(bus, message, {
    durable,
    messageId,
    reason: `delivered ${deliveries} times; its worker ended without an answer`,
  })
  countMessages(durable, 'parked', 1)
  log.error({ durable, message_id: messageId, subject: stored.subject, deliveries }, 'message is parked')
}

function numbersOf(advisory: unknown): { stream_seq: number; deliveries: number } {
  const said = typeof advisory === 'object' && advisory !== null ? advisory : {}
  const seq = 'stream_seq' in said ? Number(said.stream_seq) : 0
  const deliveries = 'deliveries' in said ? Number(said.deliveries) : 0
  return { stream_seq: seq, deliveries }
}
