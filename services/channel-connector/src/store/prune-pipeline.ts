import { sql, type Kysely } from 'kysely'

import type { ChannelDb } from './database.ts'
import { pruneBulk } from './feeds.ts'
import { pruneRecords } from './records.ts'

/**
 * Removes what nothing can ask about any more, a slice of each kind: records after 90 days, sales from before the last acceptance of their SKU
 * and older than 30 days, used-up dry runs, counted zeros, bulk jobs and feeds. Answers how many rows went.
 */
export async function prunePipeline(db: Kysely<ChannelDb>, slice: number): Promise<number> {
  const records = await pruneRecords(db, slice)
  const sales = await sql`
    delete from order_sale where order_line_id = any(array(
      select s.order_line_id from order_sale s
       where s.taken_in_at < clock_timestamp() - interval '30 days'
         and not exists (select from sku_group g join group_state t on t.group_id = g.id
                          where g.connection_id = s.connection_id and g.channel_sku = s.channel_sku
                            and (t.accepted_at is null or t.accepted_at < s.created_at + interval '7 days'))
       limit ${slice}))`.execute(db)
  const reflected = await sql`
    delete from order_reflected where ctid = any(array(
      select ctid from order_reflected where at < clock_timestamp() - interval '30 days' limit ${slice}))`.execute(db)
  const dryRuns = await sql`delete from dry_run where at < clock_timestamp() - interval '1 day'`.execute(db)
  const zeros = await sql`
    delete from mass_zero where not held and at < clock_timestamp() - interval '1 hour'`.execute(db)
  return (
    records +
    (await pruneBulk(db, slice)) +
    [sales, reflected, dryRuns, zeros].reduce((sum, r) => sum + Number(r.numAffectedRows ?? 0n), 0)
  )
}
