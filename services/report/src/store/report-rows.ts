import { daysAgo } from '@lockstep/postgres/housekeeping'
import { type Kysely, sql } from 'kysely'

import type { ParsedRow } from '../domain/parse-rows.ts'
import type { ReportDb } from './database.ts'

/** Forgets the rows of an attempt that did not end, so that the next begins clean. */
export async function clearRows(db: Kysely<ReportDb>, reportId: string): Promise<void> {
  await db.deleteFrom('report_row').where('report_id', '=', reportId).execute()
}

/** Adds a piece's rows in one statement; `first` is the number of its first row, from 1. */
export async function addRows(
  db: Kysely<ReportDb>,
  { reportId, first, rows }: { reportId: string; first: number; rows: readonly ParsedRow[] },
): Promise<void> {
  if (rows.length === 0) return
  const cells = JSON.stringify(rows.map((row) => ({ cells: row.cells, lost: row.lostCharacters })))
  await sql`
    insert into report_row (report_id, number, cells, lost_characters)
    select ${reportId}, ${first} + place - 1,
           array(select jsonb_array_elements_text(piece -> 'cells')), (piece -> 'lost')::boolean
      from jsonb_array_elements(${cells}::jsonb) with ordinality as given (piece, place)`.execute(db)
}

/** A row as it is handed over. */
export interface StoredRow {
  readonly number: number
  readonly cells: readonly string[]
  readonly lostCharacters: boolean
}

/** The rows after a number, in the document's order, at most `limit`. */
export async function readRows(
  db: Kysely<ReportDb>,
  { reportId, after, limit }: { reportId: string; after: number; limit: number },
): Promise<StoredRow[]> {
  const rows = await db
    .selectFrom('report_row')
    .select(['number', 'cells', 'lost_characters'])
    .where('report_id', '=', reportId)
    .where('number', '>', after)
    .orderBy('number')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ number: row.number, cells: row.cells, lostCharacters: row.lost_characters }))
}

/** The names of a report's columns, in order. */
export async function readColumns(db: Kysely<ReportDb>, reportId: string): Promise<readonly string[]> {
  const row = await db.selectFrom('report').select('columns').where('id', '=', reportId).executeTakeFirst()
  return row?.columns ?? []
}

const KEEP_DAYS = 30

/** Rows of reports that ended long ago are forgotten; the reports themselves stay. */
export const oldRows = {
  table: 'report_row',
  tooOld: sql`report_id in (select id from report where state_at < ${daysAgo(KEEP_DAYS)})`,
}
