import { sql, type Kysely } from 'kysely'

/**
 * Groups whose numbers are to be computed again because something changed for many at once. A group's own row is wide: to write it only to say so costs as much
 * as the computation itself. The previous release does not know these marks: after a step back to it, a Force Update of the account computes what was left.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table recompute_mark (
      group_id text primary key,
      cause jsonb not null,
      marked_in xid8 not null default pg_current_xact_id()
    )`.execute(db)
}
