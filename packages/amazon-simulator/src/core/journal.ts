import type { JournalEntry } from './records.ts'

/** How many requests the journal remembers; older ones are dropped. */
export const journalLimit = 200_000

/** Which entries are wanted. `since` is a sequence number or an instant in ISO 8601; both inclusive. */
export interface JournalQuery {
  since?: string
  operation?: string
  sellerId?: string
  sku?: string
  limit?: number
}

/** Every request that reached the simulated Amazon, newest last. Control calls are never in it. */
export class Journal {
  nextSeq = 1
  /** Entries before this one were cleared away. */
  keptFrom = 1
  private entries: JournalEntry[] = []
  private unsaved: JournalEntry[] = []
  private readonly recording: () => boolean

  constructor(recording: () => boolean) {
    this.recording = recording
  }

  get size(): number {
    return Math.min(this.entries.length, journalLimit)
  }

  append(entry: JournalEntry): void {
    this.restore(entry)
    if (this.recording()) this.unsaved.push(entry)
  }

  /** Puts an entry back that the store already holds. */
  restore(entry: JournalEntry): void {
    this.entries.push(entry)
    this.nextSeq = Math.max(this.nextSeq, entry.seq + 1)
    // Dropped in slices, so that appending stays cheap.
    if (this.entries.length > journalLimit * 1.05) this.entries = this.entries.slice(-journalLimit)
  }

  /** Entries the store has not written yet; they count as written from now on. */
  drain(): JournalEntry[] {
    const drained = this.unsaved
    this.unsaved = []
    return drained
  }

  clear(): void {
    this.entries = []
    this.unsaved = []
    this.keptFrom = this.nextSeq
  }

  /** Goes on counting where a cleared journal stopped. */
  resumeAt(seq: number): void {
    this.nextSeq = Math.max(this.nextSeq, seq)
    this.keptFrom = Math.max(this.keptFrom, seq)
  }

  /** The matching entries, oldest first, and the sequence number to ask from next time. */
  read(query: JournalQuery): { entries: JournalEntry[]; nextSince: number } {
    const limit = query.limit ?? 1000
    const matching: JournalEntry[] = []
    for (let i = this.firstIndex(query.since); i < this.entries.length; i++) {
      const entry = this.entries[i]
      if (!entry || !matches(entry, query)) continue
      if (matching.length === limit) return { entries: matching, nextSince: entry.seq }
      matching.push(entry)
    }
    return { entries: matching, nextSince: this.nextSeq }
  }

  private firstIndex(since: string | undefined): number {
    const oldest = Math.max(0, this.entries.length - journalLimit)
    if (since === undefined) return oldest
    const isBefore = /^\d+$/.test(since)
      ? (entry: JournalEntry) => entry.seq < Number(since)
      : (entry: JournalEntry) => Date.parse(entry.at) < Date.parse(since)
    let low = oldest
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const entry = this.entries[middle]
      if (entry && isBefore(entry)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function matches(entry: JournalEntry, query: JournalQuery): boolean {
  if (query.operation !== undefined && entry.operation !== query.operation) return false
  if (query.sellerId !== undefined && entry.sellerId !== query.sellerId) return false
  return query.sku === undefined || entry.sku === query.sku
}
