import { type Kysely, sql, type Transaction } from 'kysely'
import type { ChannelDb } from './database.ts'

/** Makes the listings reports due of those accounts of a connection that are on, have credentials and have no report yet. */
export async function makeListingsReportsDue(tx: Transaction<ChannelDb>, connectionId: string): Promise<void> {
  await sql`
    update account a set listings_report_due_at = clock_timestamp()
      from connection c
     where c.id = a.connection_id and c.id = ${connectionId} and c.refresh_token_sealed is not null and a.enabled
       and (a.listings_report_due_at is null or a.listings_report_state is distinct from 'Processed')`.execute(tx)
}

/** An account that is switched off asks for no reports. */
export async function stopListingsReports(tx: Transaction<ChannelDb>, accountId: string): Promise<void> {
  await tx.updateTable('account').set({ listings_report_due_at: null }).where('id', '=', accountId).execute()
}

/** Asks again after this long. */
export async function postponeListingsReport(db: Kysely<ChannelDb>, accountId: string, afterMs: number): Promise<void> {
  await sql`
    update account set listings_report_due_at = clock_timestamp() + make_interval(secs => ${afterMs / 1000})
     where id = ${accountId} and listings_report_due_at is not null`.execute(db)
}

/** The word a report got to, and when. */
export interface ListingsReportNews {
  accountId: string
  state: 'Submitted' | 'Available' | 'Processed' | 'Failed'
  at: Date
}

/** Keeps the newest word; one that comes late changes nothing. */
export async function saveListingsReportState(db: Kysely<ChannelDb>, news: ListingsReportNews): Promise<void> {
  await db
    .updateTable('account')
    .set({ listings_report_state: news.state, listings_report_at: news.at })
    .where('id', '=', news.accountId)
    .where((eb) => eb.or([eb('listings_report_at', 'is', null), eb('listings_report_at', '<=', news.at)]))
    .execute()
}
