import type { KeyPrefix } from './hint-keys.ts'

/** What the queue is told to do with its keys; settles when they have been read again. */
export type Refetch = (keys: readonly KeyPrefix[]) => Promise<unknown>

/**
 * A change passes through services one after another and only some of its steps are announced: what a hint concerns is read soon, and twice more
 * while the number is on its way.
 */
const ECHOES_MS = [200, 1_200, 4_000]
const PAUSE_MS = 300

/** Reads again what changed: many hints become one round, and a round begins only when the one before has ended. */
export class RefetchQueue implements Disposable {
  readonly #refetch: Refetch
  readonly #due = new Map<string, { keys: KeyPrefix; at: number[] }>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #busy = false

  constructor(refetch: Refetch) {
    this.#refetch = refetch
  }

  /** Asks for everything under these keys to be read again. */
  add(keys: readonly KeyPrefix[]): void {
    const now = Date.now()
    for (const key of keys) {
      const name = JSON.stringify(key)
      const soon = this.#due.get(name)?.at[0] ?? Infinity
      // A flood of hints does not push the next round away.
      const [first = 0, ...later] = ECHOES_MS.map((delay) => now + delay)
      this.#due.set(name, { keys: key, at: [Math.min(soon, first), ...later] })
    }
    this.#arm()
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#due.clear()
  }

  #arm(): void {
    if (this.#busy || this.#due.size === 0) return
    clearTimeout(this.#timer)
    const next = Math.min(...[...this.#due.values()].map(({ at }) => at[0] ?? Infinity))
    this.#timer = setTimeout(() => void this.#round(), Math.max(0, next - Date.now()))
  }

  async #round(): Promise<void> {
    this.#busy = true
    await this.#refetch(this.#takeDue()).catch(() => undefined)
    this.#timer = setTimeout(() => {
      this.#busy = false
      this.#arm()
    }, PAUSE_MS)
  }

  #takeDue(): KeyPrefix[] {
    const now = Date.now()
    const taken: KeyPrefix[] = []
    for (const [name, { keys, at }] of this.#due) {
      if ((at[0] ?? Infinity) > now) continue
      taken.push(keys)
      const left = at.filter((time) => time > now)
      if (left.length === 0) this.#due.delete(name)
      else this.#due.set(name, { keys, at: left })
    }
    return taken
  }
}
