/** Which rows changed since the store last wrote them. Recording is off in a simulator that has no state file. */
export class ChangeLog {
  recording = false
  private changed = new Map<string, Set<string>>()

  get size(): number {
    return this.changed.size
  }

  note(table: string, key: string): void {
    if (!this.recording) return
    const keys = this.changed.get(table)
    if (keys) keys.add(key)
    else this.changed.set(table, new Set([key]))
  }

  /** Hands over every change noted so far and forgets it. */
  drain(): Map<string, Set<string>> {
    const drained = this.changed
    this.changed = new Map()
    return drained
  }
}

/** How a table names and groups its rows. */
export interface TableShape<Row> {
  name: string
  keyOf: (row: Row) => string
  groupOf?: (row: Row) => string
}

/** What the store sees of a table: rows of whatever shape. */
export interface StoredTable {
  readonly name: string
  find: (key: string) => unknown
  restore: (row: never) => void
  clear: () => void
}

/**
 * Rows in memory, found by key or by group. Rows are changed in place and handed back with `save`,
 * so that the store knows what to write; rows must survive JSON.
 */
export class Table<Row> implements StoredTable {
  readonly name: string
  private readonly shape: TableShape<Row>
  private readonly changes: ChangeLog
  private readonly rows = new Map<string, Row>()
  private readonly groups = new Map<string, Map<string, Row>>()

  constructor(shape: TableShape<Row>, changes: ChangeLog) {
    this.name = shape.name
    this.shape = shape
    this.changes = changes
  }

  get size(): number {
    return this.rows.size
  }

  find(key: string): Row | undefined {
    return this.rows.get(key)
  }

  all(): IterableIterator<Row> {
    return this.rows.values()
  }

  /** The rows of one group, in no order that survives a restart. */
  inGroup(group: string): Row[] {
    return [...(this.groups.get(group)?.values() ?? [])]
  }

  save(row: Row): void {
    this.restore(row)
    this.changes.note(this.name, this.shape.keyOf(row))
  }

  /** Puts a row back that the store already holds. */
  restore(row: Row): void {
    const key = this.shape.keyOf(row)
    this.rows.set(key, row)
    if (!this.shape.groupOf) return
    const group = this.shape.groupOf(row)
    const members = this.groups.get(group)
    if (members) members.set(key, row)
    else this.groups.set(group, new Map([[key, row]]))
  }

  remove(row: Row): void {
    const key = this.shape.keyOf(row)
    this.rows.delete(key)
    if (this.shape.groupOf) this.groups.get(this.shape.groupOf(row))?.delete(key)
    this.changes.note(this.name, key)
  }

  clear(): void {
    for (const key of this.rows.keys()) this.changes.note(this.name, key)
    this.rows.clear()
    this.groups.clear()
  }
}
