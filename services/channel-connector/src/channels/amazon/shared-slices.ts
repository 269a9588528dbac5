// What is leased of an application-wide bucket is used within this time or lost.
const sliceMs = 250

interface Slice {
  left: number
  untilMs: number
}

/**
 * Tokens of application-wide buckets that this process holds for a moment, so that the one row all sellers share is not
 * written for every call. A slice is as large as what was used in the last quarter of a second, so an idle process holds none.
 */
export class SharedSlices {
  readonly #slices = new Map<string, Slice>()
  readonly #used = new Map<string, number[]>()

  /** Tokens in hand. */
  left(key: string): number {
    const slice = this.#slices.get(key)
    return slice && slice.untilMs > Date.now() ? slice.left : 0
  }

  /** How many to ask the bucket for when so many calls wait. */
  sliceOf(key: string, { wanted, rate }: { wanted: number; rate: number }): number {
    const most = Math.max(1, Math.floor((rate * sliceMs) / 1000))
    return Math.max(1, Math.min(most, Math.max(wanted, this.#recent(key).length)))
  }

  /** Keeps what was leased. */
  add(key: string, tokens: number): void {
    this.#slices.set(key, { left: this.left(key) + tokens, untilMs: Date.now() + sliceMs })
  }

  /** Uses one token of each; false, and none is used, when one has none left. */
  useAll(keys: readonly string[]): boolean {
    if (keys.some((key) => this.left(key) < 1)) return false
    for (const key of keys) {
      const slice = this.#slices.get(key)
      if (slice) slice.left -= 1
      this.#used.set(key, [...this.#recent(key), Date.now()])
    }
    return true
  }

  #recent(key: string): number[] {
    return (this.#used.get(key) ?? []).filter((at) => at > Date.now() - sliceMs)
  }
}
