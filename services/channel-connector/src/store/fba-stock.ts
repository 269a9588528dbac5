import { type Kysely, sql, type Transaction } from 'kysely'
import type { ChannelDb } from './database.ts'

/** An account's next read of what Amazon keeps, as it was claimed. */
export interface ClaimedFbaRead {
  account_id: string
}

/** Gives every account with a linked listing that Amazon fulfils its reads. */
export async function addMissingFbaReads(db: Kysely<ChannelDb>): Promise<void> {
  await sql`
    insert into fba_read (account_id)
    select distinct account_id from listing where fba and item_id is not null on conflict do nothing`.execute(db)
}

/** A link of a listing that Amazon fulfils changes what its account tells: the first is looked at now, more within half a minute, so that many links cost one read. */
export async function makeFbaReadDue(tx: Transaction<ChannelDb>, accountId: string): Promise<void> {
  await sql`
    insert into fba_read as r (account_id) values (${accountId})
    on conflict (account_id) do update set next_at = least(r.next_at, clock_timestamp() + interval '30 seconds')`.execute(
    tx,
  )
}

export async function hasLinkedFbaListing(db: Kysely<ChannelDb>, accountId: string): Promise<boolean> {
  const { rows } = await sql`
    select from listing where account_id = ${accountId} and fba and item_id is not null limit 1`.execute(db)
  return rows.length > 0
}

export async function setNextFbaRead(
  db: Kysely<ChannelDb>,
  { account_id }: ClaimedFbaRead,
  inMs: number,
): Promise<void> {
  await sql`
    update fba_read set next_at = clock_timestamp() + make_interval(secs => ${inMs / 1000})
     where account_id = ${account_id}`.execute(db)
}

/** Keeps what Amazon showed of these SKUs just now. */
export async function saveFbaStock(
  db: Kysely<ChannelDb>,
  accountId: string,
  levels: readonly { sku: string; fulfillable: number }[],
): Promise<void> {
  const newest = new Map(
    levels.filter(({ sku }) => !sku.includes('\0')).map(({ sku, fulfillable }) => [sku, fulfillable]),
  )
  if (newest.size === 0) return
  await sql`
    insert into fba_stock (account_id, channel_sku, fulfillable)
    select ${accountId}, sku, greatest(0, fulfillable)
      from unnest(${[...newest.keys()]}::text[], ${[...newest.values()]}::bigint[]) as shown (sku, fulfillable)
    on conflict (account_id, channel_sku) do update set fulfillable = excluded.fulfillable, read_at = excluded.read_at`.execute(
    db,
  )
}

/** What Amazon can fulfil of an item for an account, and since when that is known. */
export interface FbaFigure {
  itemId: string
  fulfillable: number
  toldAt: Date
}

/** A figure that stays the same is told again after this time, so that its age can be seen. */
const tellAgainAfter = '6 hours'

/**
 * Figures of an account's items that inventory does not have, at most `limit`, noted as told: the listings of an item that Amazon fulfils, added up. An item that no such listing
 * is linked to any more has none. A SKU that Amazon's last answer left out keeps its figure, because Amazon is known to leave SKUs out; it gets older.
 */
export async function takeUntoldFigures(
  tx: Transaction<ChannelDb>,
  { accountId, limit }: { accountId: string; limit: number },
): Promise<FbaFigure[]> {
  const { rows } = await sql<FbaFigure>`
    with shown as (
      select listing.item_id, sum(stock.fulfillable)::bigint as fulfillable, max(stock.read_at) as read_at
        from listing join fba_stock as stock on stock.account_id = listing.account_id and stock.channel_sku = listing.channel_sku
       where listing.account_id = ${accountId} and listing.fba and listing.item_id is not null
       group by listing.item_id
    ), told as (
      select item_id, fulfillable, told_at from fba_told where account_id = ${accountId}
    ), due as (
      select item_id, coalesce(shown.fulfillable, 0) as fulfillable
        from shown full join told using (item_id)
       where told.fulfillable is distinct from coalesce(shown.fulfillable, 0)
          or (shown.read_at > told.told_at and told.told_at < clock_timestamp() - ${tellAgainAfter}::interval)
       order by item_id limit ${limit}
    )
    insert into fba_told as kept (account_id, item_id, fulfillable, told_at)
    select ${accountId}, item_id, fulfillable, clock_timestamp() from due
    on conflict (account_id, item_id) do update set fulfillable = excluded.fulfillable, told_at = excluded.told_at
    returning item_id as "itemId", fulfillable, told_at as "toldAt"`.execute(tx)
  return rows
}
