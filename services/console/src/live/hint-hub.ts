import type { Hint, LiveStatus } from '../wire/live.ts'
import { LiveClient, type LiveConnection } from './live-client.ts'

/** How long hints are gathered before they go out together. */
const GATHER_MS = 150
const HEARTBEAT_MS = 10_000
const MOST_CLIENTS = 64

/** Hands hints to every page that listens. It keeps nothing: a page that was away reads everything again. */
export class HintHub implements Disposable {
  readonly #clients = new Set<LiveClient>()
  readonly #timers: readonly NodeJS.Timeout[]
  #hearing = false

  constructor() {
    this.#timers = [
      setInterval(() => this.#each((client) => client.flush()), GATHER_MS),
      setInterval(() => this.#tellStatus(), HEARTBEAT_MS),
    ]
  }

  /** How many pages listen. */
  get size(): number {
    return this.#clients.size
  }

  /** Whether one more page may listen. */
  get hasRoom(): boolean {
    return this.#clients.size < MOST_CLIENTS
  }

  /** Lets a page listen until its connection ends. */
  admit(connection: LiveConnection): void {
    const client = new LiveClient(connection)
    this.#clients.add(client)
    connection.once('close', () => this.#clients.delete(client))
    client.send('status', this.#status())
  }

  /** Something changed. */
  tell(hint: Hint): void {
    this.#each((client) => client.gather(hint))
  }

  /** Changes may have been missed: every page reads everything again. */
  tellEverything(): void {
    this.tell({ entity: '*', verb: 'changed', account: null, id: '*' })
  }

  /** Whether changes are heard of at the moment. */
  setHearing(hearing: boolean): void {
    this.#hearing = hearing
    this.#tellStatus()
  }

  /** Ends every stream; the pages come back by themselves. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#each((client) => client.end())
    this.#clients.clear()
  }

  #status(): LiveStatus {
    return { hearing: this.#hearing }
  }

  #tellStatus(): void {
    this.#each((client) => client.send('status', this.#status()))
  }

  #each(act: (client: LiveClient) => void): void {
    for (const client of this.#clients) act(client)
  }
}
