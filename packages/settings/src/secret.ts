import { inspect } from 'node:util'

const redacted = '[redacted]'

/** A value that must not reach logs, errors or dumps: however it is printed, it reads `[redacted]`. Only `reveal()` gives it out. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Call it where it is used, never to keep it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return redacted
  }

  toJSON(): string {
    return redacted
  }

  [inspect.custom](): string {
    return redacted
  }
}
