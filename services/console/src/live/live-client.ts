import type { Writable } from 'node:stream'

import type { Hint } from '../wire/live.ts'

/** What a stream of events is written to. */
export type LiveConnection = Pick<Writable, 'write' | 'end' | 'destroy' | 'once' | 'writableLength'>

const MOST_HINTS = 100
/** A page that does not read this much is cut off; it comes back and reads everything again. */
const MOST_UNREAD_BYTES = 256 * 1024

/** One page that listens. What it is owed is bounded: the same hint is kept once, and many hints become one that stands for all. */
export class LiveClient {
  readonly #connection: LiveConnection
  #gathered = new Map<string, Hint>()

  constructor(connection: LiveConnection) {
    this.#connection = connection
  }

  gather(hint: Hint): void {
    if (this.#gathered.has('*')) return
    if (hint.entity === '*' || this.#gathered.size >= MOST_HINTS) {
      this.#gathered = new Map([['*', { ...hint, entity: '*', verb: 'changed', account: null, id: '*' }]])
      return
    }
    this.#gathered.set(`${hint.entity} ${hint.verb} ${hint.id}`, hint)
  }

  flush(): void {
    if (this.#gathered.size === 0) return
    const hints = [...this.#gathered.values()]
    this.#gathered = new Map()
    this.send('hints', hints)
  }

  send(event: string, data: object): void {
    if (this.#connection.writableLength > MOST_UNREAD_BYTES) return void this.#connection.destroy()
    this.#connection.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  end(): void {
    this.#connection.end()
  }
}
