import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { journalLimit } from './core/journal.ts'
import type { JournalEntry } from './core/records.ts'
import { journalSequence, type World } from './core/world.ts'

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = normal;
  create table if not exists meta (name text primary key, value text not null) without rowid;
  create table if not exists kept_row (table_name text not null, row_key text not null, row_json text not null,
    primary key (table_name, row_key)) without rowid;
  create table if not exists journal (seq integer primary key, entry_json text not null);
`
/** The journal's tail is trimmed once per this many entries. */
const trimEvery = 1000

/** The state of a simulator in one SQLite file. What `commit` wrote survives the death of the process. */
export interface Store {
  /** The seed the file was made with, or the given one for a new file. */
  seed: (wanted: string) => string
  load: (world: World) => void
  commit: (world: World) => void
  close: () => void
}

/** Opens or creates the file. Throws when it cannot be written or is no database. */
export function openStore(file: string): Store {
  mkdirSync(dirname(file), { recursive: true })
  const db = new DatabaseSync(file)
  db.exec(schema)
  const writer = new Writer(db)
  return {
    seed: (wanted) => keepSeed(db, wanted),
    load: (world) => load(db, world),
    commit: (world) => writer.commit(world),
    close: () => db.close(),
  }
}

function keepSeed(db: DatabaseSync, wanted: string): string {
  db.prepare("insert into meta (name, value) values ('seed', ?) on conflict do nothing").run(wanted)
  const row = db.prepare("select value from meta where name = 'seed'").get() as { value: string }
  return row.value
}

function load(db: DatabaseSync, world: World): void {
  const rows = db.prepare('select row_json from kept_row where table_name = ?')
  for (const table of world.tables()) {
    for (const { row_json: json } of rows.iterate(table.shape.name)) table.restore(JSON.parse(String(json)))
  }
  world.journal.resumeAt(Number(world.kept.find(journalSequence)?.value ?? 1))
  const entries = db.prepare('select entry_json from journal order by seq').iterate()
  for (const { entry_json: json } of entries) world.journal.restore(JSON.parse(String(json)) as JournalEntry)
}

class Writer {
  private readonly db: DatabaseSync
  private readonly put: StatementSync
  private readonly remove: StatementSync
  private readonly append: StatementSync
  private readonly trim: StatementSync
  private untrimmed = 0
  private clearedTo = 1

  constructor(db: DatabaseSync) {
    this.db = db
    this.put = db.prepare(
      'insert into kept_row (table_name, row_key, row_json) values (?, ?, ?) on conflict do update set row_json = excluded.row_json',
    )
    this.remove = db.prepare('delete from kept_row where table_name = ? and row_key = ?')
    this.append = db.prepare('insert or replace into journal (seq, entry_json) values (?, ?)')
    this.trim = db.prepare('delete from journal where seq < ?')
  }

  commit(world: World): void {
    const changes = world.changes.drain()
    const entries = world.journal.drain()
    if (changes.size === 0 && entries.length === 0) return
    this.db.exec('begin')
    this.writeRows(world, changes)
    for (const entry of entries) this.append.run(entry.seq, JSON.stringify(entry))
    if (world.journal.keptFrom > this.clearedTo) {
      this.trim.run(world.journal.keptFrom)
      this.clearedTo = world.journal.keptFrom
    }
    this.untrimmed += entries.length
    if (this.untrimmed >= trimEvery) {
      this.trim.run(world.journal.nextSeq - journalLimit)
      this.untrimmed = 0
    }
    this.db.exec('commit')
  }

  private writeRows(world: World, changes: Map<string, Set<string>>): void {
    for (const table of world.tables()) {
      for (const key of changes.get(table.shape.name) ?? []) {
        const row = table.find(key)
        if (row === undefined) this.remove.run(table.shape.name, key)
        else this.put.run(table.shape.name, key, JSON.stringify(row))
      }
    }
  }
}
