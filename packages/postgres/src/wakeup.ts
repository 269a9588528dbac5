/** What a polling loop sleeps on: it wakes when time is up or somebody pokes it, and a poke while it works is not lost. */
export class Wakeup {
  #poked = false
  #wake: (() => void) | undefined

  /** Ends the current sleep, or else the next one before it begins. */
  poke(): void {
    this.#poked = true
    this.#wake?.()
  }

  /** Sleeps for `ms` or until poked. One sleeper at a time. */
  async sleep(ms: number): Promise<void> {
    if (!this.#poked) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#wake = undefined
    this.#poked = false
  }
}

/** `ms`, up to `share` more or less by chance, so that processes do not beat in time. */
export function jittered(ms: number, share = 0.1): number {
  return ms * (1 + share * (2 * Math.random() - 1))
}

const backoffSeconds = [1, 2, 5, 10, 30, 60]

/** The pause after the nth failure in a row (from 1): 1, 2, 5, 10, 30, then 60 s, ±10 %. */
export function backoffMs(failures: number): number {
  const seconds = backoffSeconds[Math.max(1, failures) - 1] ?? 60
  return jittered(seconds * 1_000)
}
