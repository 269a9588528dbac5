import type { StreamDefinition } from '@lockstep/contracts/streams'
import type { Logger } from 'pino'
import type { Bus } from './connect.ts'
import type { AnyConsumer } from './consumer-definition.ts'
import { ConsumerRunner } from './consumer-runner.ts'
import { streamOf } from './topology.ts'

export type {
  AnyConsumer,
  BatchConsumer,
  BatchEntry,
  Consumer,
  ConsumerSettings,
  MessageContext,
} from './consumer-definition.ts'
export { RetryLaterError, UnprocessableMessageError } from './consumer-errors.ts'

/** Which consumers of one stream to run. */
export interface ConsumersOptions {
  bus: Bus
  log: Logger
  /** The stream's owner (`orders`), its name, or its definition. */
  stream: StreamDefinition | string
  consumers: readonly AnyConsumer[]
  /** How long a consumer may have messages waiting and get none before it is started anew. Default 60 000. */
  stallMs?: number
}

/** Running consumers. Disposal stops asking for messages, ends what runs, and gives back what was not begun. */
export interface Consumers extends AsyncDisposable {
  /** False while a consumer gets nothing although messages wait, also after it was started anew. */
  isHealthy(): boolean
}

/**
 * Runs consumers as durable pull consumers. Returning acknowledges a message. A throw brings it back after a pause and parks it on `parked.<durable>` with its last delivery;
 * UnprocessableMessageError parks it at once; RetryLaterError names the pause. While the database cannot be reached nothing is given back or parked: the consumer holds
 * what it has and waits. A durable or stream that was deleted is made again and the stream replayed. Resolves when every durable exists, or the broker has not answered.
 */
export async function startConsumers(options: ConsumersOptions): Promise<Consumers> {
  const { bus, log, consumers, stallMs = 60_000 } = options
  const stream = streamOf(options.stream)
  const runners = consumers.map((consumer) => new ConsumerRunner({ bus, log, stream, consumer, stallMs }))
  await Promise.all(runners.map((runner) => runner.start()))
  return {
    isHealthy: () => runners.every((runner) => runner.isHealthy()),
    async [Symbol.asyncDispose]() {
      await Promise.all(runners.map((runner) => runner.stop()))
    },
  }
}
