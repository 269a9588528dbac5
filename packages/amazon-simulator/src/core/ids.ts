import { createHash } from 'node:crypto'

/** Makes the ids Amazon hands out. The same seed gives the same ids in the same order, one sequence per kind. */
export class IdSource {
  private readonly seed: string
  private readonly next: (kind: string) => number

  constructor(seed: string, next: (kind: string) => number) {
    this.seed = seed
    this.next = next
  }

  /** `length` decimal digits; a leading zero is kept, as in Amazon's own order item ids. */
  digits(kind: string, length: number): string {
    const number = BigInt(`0x${this.hash(kind)}`) % 10n ** BigInt(length)
    return number.toString().padStart(length, '0')
  }

  hex(kind: string, length: number): string {
    return this.hash(kind).slice(0, length)
  }

  /** A running number of fixed width: these ids sort in the order in which they were made. */
  running(kind: string): string {
    return String(this.next(kind)).padStart(8, '0')
  }

  uuid(kind: string): string {
    const hex = this.hash(kind)
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
  }

  /** A value that only this simulator can make for a text; presigned URLs and page tokens carry it. */
  signature(text: string): string {
    return createHash('sha256').update(`${this.seed}|signature|${text}`).digest('hex').slice(0, 32)
  }

  /** The id of a request: follows from its place in the journal, so that no sequence need be kept for it. */
  requestId(seq: number): string {
    return this.signature(`request-${seq}`)
  }

  private hash(kind: string): string {
    return createHash('sha256')
      .update(`${this.seed}|${kind}|${this.next(kind)}`)
      .digest('hex')
  }
}
