import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig, type StreamInfo } from '@nats-io/jetstream'
import { nanos } from '@nats-io/nats-core'
import { parkedStream, streams, type StreamDefinition, type StreamOwner } from '@lockstep/contracts/streams'
import { backoffMs, Wakeup } from '@lockstep/postgres/wakeup'
import { isMissing, isRetryable } from './bus-errors.ts'
import type { Bus } from './connect.ts'

/** A stream on the broker is set up otherwise than the program says. `differences` holds one line per field. */
export class TopologyDriftError extends Error {
  override name = 'TopologyDriftError'
  readonly stream: string
  readonly differences: string[]

  constructor(stream: string, differences: string[]) {
    super(
      `stream ${stream} is not as it should be: ${differences.join('; ')}. Change it back, or delete it: its events are sent again from the outbox`,
    )
    this.stream = stream
    this.differences = differences
  }
}

/** How streams are kept. */
export interface TopologyOptions {
  /** Copies of each stream. Default 1; 3 on a cluster. */
  replicas?: number
}

/**
 * Sees to it that the owners' streams (default: all of them) and the stream of parked messages exist as written in @lockstep/contracts:
 * nothing is deleted before its age, a full stream refuses instead of forgetting. Waits for a broker that does not answer. Throws TopologyDriftError
 * when a stream exists in another form; it is left as it is.
 */
export async function ensureStreams(
  bus: Bus,
  owners: readonly StreamOwner[] = ['inventory', 'channel', 'orders', 'report', 'despatch'],
  options: TopologyOptions = {},
): Promise<void> {
  for (const definition of [...owners.map((owner) => streams[owner]), parkedStream]) {
    await untilAnswered(() => ensureStream(bus, definition, options))
  }
}

/** One attempt at one stream; answers what the broker holds. */
export async function ensureStream(
  bus: Bus,
  definition: StreamDefinition,
  options: TopologyOptions = {},
): Promise<StreamInfo> {
  const wanted = configOf(definition, options)
  const found = await bus.whileConnected(bus.manager.streams.info(definition.name)).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  // Two processes may create it at once: with the same configuration both succeed.
  const info = found ?? (await bus.whileConnected(bus.manager.streams.add(wanted)))
  const differences = differencesOf(wanted, info.config)
  if (differences.length > 0) throw new TopologyDriftError(definition.name, differences)
  return info
}

/** The stream of an owner (`orders`) or of that name (`ORDERS_EVENTS`). */
export function streamOf(stream: StreamDefinition | string): StreamDefinition {
  if (typeof stream !== 'string') return stream
  const known = [...Object.values(streams), parkedStream]
  const found = known.find(({ name }) => name === stream || name === `${stream.toUpperCase()}_EVENTS`)
  if (!found)
    throw new TypeError(`there is no stream "${stream}": name one of ${known.map(({ name }) => name).join(', ')}`)
  return found
}

type Wanted = Pick<StreamConfig, 'name' | 'subjects' | 'max_age' | 'max_bytes' | 'num_replicas'> & Partial<StreamConfig>

function configOf(definition: StreamDefinition, { replicas = 1 }: TopologyOptions): Wanted {
  return {
    name: definition.name,
    subjects: [...definition.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: nanos(definition.maxAgeMs),
    max_bytes: definition.maxBytes,
    duplicate_window: nanos(2 * 60_000),
    num_replicas: replicas,
    deny_delete: true,
    deny_purge: true,
  }
}

function differencesOf(wanted: Wanted, found: StreamConfig): string[] {
  return Object.entries(wanted).flatMap(([field, value]) => {
    const actual: unknown = Reflect.get(found, field)
    const [is, shouldBe] = [JSON.stringify(actual), JSON.stringify(value)]
    return is === shouldBe ? [] : [`${field} is ${is} and should be ${shouldBe}`]
  })
}

async function untilAnswered(attempt: () => Promise<unknown>): Promise<void> {
  const pause = new Wakeup()
  for (let failures = 1; ; failures += 1) {
    try {
      await attempt()
      return
    } catch (error) {
      if (!isRetryable(error)) throw error
    }
    await pause.sleep(Math.min(backoffMs(failures) / 4, 5_000))
  }
}
