import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { readSince, type JournalArchive } from './core/journal.ts'
import { readOwnJson } from './core/json.ts'
import type { JournalEntry } from './core/records.ts'
import type { World } from './core/world.ts'

const schema = `
  pragma journal_mode = wal;
  pragma synchronous = normal;
  create table if not exists meta (name text primary key, value text not null) without rowid;
  create table if not exists kept_row (table_name text not null, row_key text not null, row_json text not null,
    primary key (table_name, row_key)) without rowid;
  create table if not exists journal (seq integer primary key, at text not null, operation text not null,
    seller_id text, sku text, entry_json text not null);
`
/** Entries that fell out of the journal are deleted once per this many new ones. */
const trimEvery = 1000

/** The state of a simulator in one SQLite file. What `commit` wrote survives the death of the process. */
export interface Store {
  /** The seed the file was made with; a new file keeps the given one. */
  seed: (wanted: string) => string
  /** Fills an empty world and keeps its journal from now on. */
  load: (world: World) => void
  /** Writes every change since the last commit, all or none. */
  commit: (world: World) => void
  close: () => void
}

/** Opens or creates the file. Throws when it cannot be written or is no database. */
export function openStore(file: string): Store {
  mkdirSync(dirname(file), { recursive: true })
  const db = new DatabaseSync(file)
  db.exec(schema)
  return {
    seed: (wanted) => keepMeta(db, 'seed', wanted),
    load: (world) => load(db, world),
    commit: commitTo(db),
    close: () => db.close(),
  }
}

function keepMeta(db: DatabaseSync, name: string, wanted: string): string {
  db.prepare('insert into meta (name, value) values (?, ?) on conflict do nothing').run(name, wanted)
  return String(db.prepare('select value from meta where name = ?').get(name)?.['value'] ?? wanted)
}

function load(db: DatabaseSync, world: World): void {
  const rows = db.prepare('select row_json from kept_row where table_name = ?')
  for (const table of world.tables()) {
    for (const row of rows.iterate(table.name)) table.restore(readOwnJson(String(row['row_json'])))
  }
  const ends = db.prepare('select min(seq) as oldest, max(seq) as newest from journal').get()
  const nextSeq = Math.max(Number(ends?.['newest'] ?? 0) + 1, Number(keepMeta(db, 'next_seq', '1')))
  world.journal.archiveIn(archiveOf(db), { keptFrom: Number(ends?.['oldest'] ?? nextSeq), nextSeq })
}

function archiveOf(db: DatabaseSync): JournalArchive {
  return {
    read: (query, { fromSeq, limit }) => {
      const conditions = ['seq >= ?']
      const values: SQLInputValue[] = [fromSeq]
      const add = (condition: string, value: SQLInputValue | undefined): void => {
        if (value === undefined) return
        conditions.push(condition)
        values.push(value)
      }
      const since = query.since === undefined ? undefined : readSince(query.since)
      if (since && 'seq' in since) add('seq >= ?', since.seq)
      if (since && 'at' in since) add('at >= ?', since.at)
      add('operation = ?', query.operation)
      add('seller_id = ?', query.sellerId)
      add('sku = ?', query.sku)
      const sql = `select entry_json from journal where ${conditions.join(' and ')} order by seq limit ?`
      const rows = db.prepare(sql).all(...values, limit)
      return rows.map((row) => readOwnJson<JournalEntry>(String(row['entry_json'])))
    },
  }
}

function commitTo(db: DatabaseSync): (world: World) => void {
  const put = db.prepare(
    'insert into kept_row (table_name, row_key, row_json) values (?, ?, ?) on conflict do update set row_json = excluded.row_json',
  )
  const remove = db.prepare('delete from kept_row where table_name = ? and row_key = ?')
  const append = db.prepare(
    'insert into journal (seq, at, operation, seller_id, sku, entry_json) values (?, ?, ?, ?, ?, ?)',
  )
  const trim = db.prepare('delete from journal where seq < ?')
  const keepNextSeq = db.prepare("update meta set value = ? where name = 'next_seq'")
  let trimmedTo = 0

  const write = (world: World, entries: JournalEntry[]): void => {
    for (const { table, key, row } of world.drainChanges()) {
      if (row === undefined) remove.run(table, key)
      else put.run(table, key, JSON.stringify(row))
    }
    for (const entry of entries) {
      append.run(entry.seq, entry.at, entry.operation, entry.sellerId, entry.sku, JSON.stringify(entry))
    }
    const { journal } = world
    if (journal.oldestSeq < trimmedTo + trimEvery && journal.size > 0) return
    trim.run(journal.oldestSeq)
    keepNextSeq.run(String(journal.nextSeq))
    trimmedTo = journal.oldestSeq
  }

  return (world) => {
    const entries = world.journal.drain()
    if (!world.hasChanges() && entries.length === 0) return
    db.exec('begin')
    try {
      write(world, entries)
      db.exec('commit')
    } catch (err) {
      db.exec('rollback')
      throw err
    }
  }
}
