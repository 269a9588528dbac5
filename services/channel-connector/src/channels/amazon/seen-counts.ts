import type { Kysely } from 'kysely'
import type { ChannelDb } from '../../store/database.ts'
import { drainKeys } from '../../store/drain-buckets.ts'
import type { SlotAnswer } from '../../store/rate-buckets.ts'

/**
 * What this process saw each bucket give out. A bucket that has given out less than that has lost what was taken of it: its database
 * was set back, in whatever way. Such a bucket is drained.
 */
export class SeenCounts {
  readonly #db: Kysely<ChannelDb>
  readonly #seen = new Map<string, { taken: number; at: number }>()

  constructor(db: Kysely<ChannelDb>) {
    this.#db = db
  }

  /** True when one of them went back: its tokens are not to be used. */
  async wentBack(slots: readonly SlotAnswer[]): Promise<boolean> {
    // Answers may overtake each other: only a later one can show that the count fell.
    const newer = slots.filter(({ key, bucket }) => bucket.at >= (this.#seen.get(key)?.at ?? 0))
    const lost = newer.filter(({ key, bucket, taken }) => bucket.taken - taken < (this.#seen.get(key)?.taken ?? 0))
    for (const { key, bucket } of newer) this.#seen.set(key, { taken: bucket.taken, at: bucket.at })
    if (lost.length === 0) return false
    await drainKeys(
      this.#db,
      lost.map(({ key }) => key),
    )
    return true
  }
}
