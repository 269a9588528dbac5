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

/** Holds the journal outside memory. `read` answers at most `limit` matching entries from `fromSeq` on, oldest first. */
export interface JournalArchive {
  read: (query: JournalQuery, range: { fromSeq: number; limit: number }) => JournalEntry[]
}

/** Every request that reached the simulated Amazon, newest last. Control calls are never in it. */
export class Journal {
  /** The number the next entry gets. Entries are numbered without gaps. */
  nextSeq = 1
  private keptFrom = 1
  private entries: JournalEntry[] = []
  private archive: JournalArchive | undefined

  get size(): number {
    return this.nextSeq - this.oldestSeq
  }

  /** The oldest entry that is still remembered. */
  get oldestSeq(): number {
    return Math.max(this.keptFrom, this.nextSeq - journalLimit)
  }

  /** From now on entries stay here only until `drain`; reading asks the archive. */
  archiveIn(archive: JournalArchive, range: { keptFrom: number; nextSeq: number }): void {
    this.archive = archive
    this.keptFrom = range.keptFrom
    this.nextSeq = range.nextSeq
  }

  append(entry: JournalEntry): void {
    this.entries.push(entry)
    this.nextSeq = entry.seq + 1
    // Dropped in slices, so that appending stays cheap.
    if (this.entries.length > journalLimit * 1.05) this.entries = this.entries.slice(-journalLimit)
  }

  /** Hands the entries that are not archived yet over to the archive. */
  drain(): JournalEntry[] {
    const drained = this.entries
    if (drained.length > 0) this.entries = []
    return drained
  }

  /** Forgets every entry; numbering goes on. */
  clear(): void {
    this.entries = []
    this.keptFrom = this.nextSeq
  }

  /** The matching entries, oldest first, and the sequence number to ask from next time. */
  read(query: JournalQuery): { entries: JournalEntry[]; nextSince: number } {
    const limit = query.limit ?? 1000
    const range = { fromSeq: this.oldestSeq, limit: limit + 1 }
    const found = this.archive ? this.archive.read(query, range) : this.readMemory(query, range)
    return { entries: found.slice(0, limit), nextSince: found[limit]?.seq ?? this.nextSeq }
  }

  private readMemory(query: JournalQuery, range: { fromSeq: number; limit: number }): JournalEntry[] {
    const matching: JournalEntry[] = []
    for (const entry of this.entries) {
      if (entry.seq >= range.fromSeq && matches(entry, query)) matching.push(entry)
      if (matching.length === range.limit) break
    }
    return matching
  }
}

/** A query's `since` as a sequence number or as an instant in the form the entries carry. */
export function readSince(since: string): { seq: number } | { at: string } {
  return /^\d+$/.test(since) ? { seq: Number(since) } : { at: new Date(since).toISOString() }
}

function matches(entry: JournalEntry, query: JournalQuery): boolean {
  if (query.operation !== undefined && entry.operation !== query.operation) return false
  if (query.sellerId !== undefined && entry.sellerId !== query.sellerId) return false
  if (query.sku !== undefined && entry.sku !== query.sku) return false
  if (query.since === undefined) return true
  const since = readSince(query.since)
  return 'seq' in since ? entry.seq >= since.seq : entry.at >= since.at
}
