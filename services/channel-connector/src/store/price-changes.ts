import { type Kysely, sql, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'
import type { PriceState } from './price-tables.ts'

/** A channel price as inventory announced it. */
export interface AnnouncedPrice {
  accountId: string
  itemId: string
  itemSku: string
  version: number
  price: { minor: number; currency: string } | undefined
}

/**
 * Keeps prices that are newer than what is known. Those of accounts that are on and follow prices wait to be handed on; the others say why they are not sent.
 * Prices of accounts that this service does not know are passed over. Answers how many wait.
 */
export async function savePrices(tx: Transaction<ChannelDb>, prices: readonly AnnouncedPrice[]): Promise<number> {
  if (prices.length === 0) return 0
  const { rows } = await sql<{ waiting: number }>`
    with told as (
      select distinct on (account_id, item_id) *
        from unnest(${prices.map((p) => p.accountId)}::text[], ${prices.map((p) => p.itemId)}::text[],
                    ${prices.map((p) => p.version)}::bigint[], ${prices.map((p) => p.price?.minor ?? null)}::bigint[],
                    ${prices.map((p) => p.price?.currency ?? null)}::text[], ${prices.map((p) => p.itemSku)}::text[])
             as t (account_id, item_id, version, minor, currency, item_sku)
       order by account_id, item_id, version desc
    ), kept as (
      insert into price_change as known (account_id, item_id, item_sku, version, price_minor, price_currency, state, detail)
      select a.id, told.item_id, told.item_sku, told.version, told.minor, told.currency,
             case when told.minor is not null and a.enabled and a.price_change then 'waiting' else 'not_sent' end,
             case when told.minor is null then 'the channel price was taken away; the listing keeps its own'
                  when not a.enabled then 'the account is off'
                  when not a.price_change then 'Price Change is off'
                  else '' end
        from told join account a on a.id = told.account_id
      on conflict (account_id, item_id) do update
         set version = excluded.version, item_sku = excluded.item_sku, price_minor = excluded.price_minor, price_currency = excluded.price_currency,
             state = excluded.state, detail = excluded.detail, job_id = null, state_at = clock_timestamp()
       where known.version < excluded.version
      returning known.state
    )
    select count(*) filter (where state = 'waiting') as waiting from kept`.execute(tx)
  return rows[0]?.waiting ?? 0
}

/** Accounts with prices that wait, at most `limit`. */
export async function listAccountsWithPrices(db: Kysely<ChannelDb>, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct account_id as id from price_change where state = 'waiting' order by 1 limit ${limit}`.execute(db)
  return rows.map((row) => row.id)
}

/** Whether this transaction alone hands prices of the account on. */
export async function holdPricesOf(tx: Transaction<ChannelDb>, accountId: string): Promise<boolean> {
  const { rows } = await sql<{ ours: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`price_change ${accountId}`}, 0)) as ours`.execute(tx)
  return rows[0]?.ours ?? false
}

/** Jobs of this actor of an account that are not over. */
export async function countOpenJobsOf(tx: Transaction<ChannelDb>, accountId: string, actor: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from bulk_job
     where account_id = ${accountId} and actor = ${actor} and state in ('preparing', 'running', 'paused')`.execute(tx)
  return rows[0]?.count ?? 0
}

/** A price that may be handed on, and a listing that it is for. */
export interface WaitingPrice {
  itemId: string
  channelSku: string
  minor: number
  currency: string
}

/**
 * Prices that wait, with every listing of their item in the account, longest first. One is left for later whose listing an older price is on its way to: a price that
 * changes more often than a patch takes would otherwise begin anew for ever. A paused job's price is not on its way.
 */
export async function listWaitingPrices(
  tx: Transaction<ChannelDb>,
  accountId: string,
  limit: number,
): Promise<WaitingPrice[]> {
  const { rows } = await sql<WaitingPrice>`
    with waiting as (
      select p.item_id, p.price_minor, p.price_currency
        from price_change p
       where p.account_id = ${accountId} and p.state = 'waiting'
         and not exists (select from listing l join bulk_job_item i on i.group_id = l.group_id join bulk_job j on j.id = i.job_id
                          where l.account_id = p.account_id and l.item_id = p.item_id and j.account_id = p.account_id
                            and i.change ? 'price'
                            and (i.state = 'in_feed' or (i.state = 'patching' and j.state = 'running')))
       order by p.state_at, p.item_id limit ${limit}
    )
    select w.item_id as "itemId", l.channel_sku as "channelSku", w.price_minor as minor, w.price_currency as currency
      from waiting w join listing l on l.account_id = ${accountId} and l.item_id = w.item_id
     order by w.item_id, l.channel_sku`.execute(tx)
  return rows
}

/** Prices that wait although no listing of the account sells their item. */
export async function refuseUnlinked(tx: Transaction<ChannelDb>, accountId: string): Promise<void> {
  await sql`
    update price_change p set state = 'not_sent', detail = 'no listing of the account is linked to the item', state_at = clock_timestamp()
     where p.account_id = ${accountId} and p.state = 'waiting'
       and not exists (select from listing l where l.account_id = p.account_id and l.item_id = p.item_id)`.execute(tx)
}

/** Says what became of prices of an account. */
export async function savePriceStates(
  tx: Transaction<ChannelDb>,
  accountId: string,
  {
    itemIds,
    state,
    detail,
    jobId,
  }: { itemIds: readonly string[]; state: PriceState; detail: string; jobId: string | null },
): Promise<void> {
  if (itemIds.length === 0) return
  await sql`
    update price_change set state = ${state}, detail = ${detail}, job_id = ${jobId}, state_at = clock_timestamp()
     where account_id = ${accountId} and item_id = any(${[...itemIds]}::text[])`.execute(tx)
}

/** Turns Price Change on or off. */
export async function savePriceChange(tx: Transaction<ChannelDb>, accountId: string, on: boolean): Promise<void> {
  await sql`update account set price_change = ${on} where id = ${accountId}`.execute(tx)
  if (on) return
  await sql`
    update price_change set state = 'not_sent', detail = 'Price Change was turned off', state_at = clock_timestamp()
     where account_id = ${accountId} and state = 'waiting'`.execute(tx)
}

/** Whether an account's listings follow channel prices. */
export async function followsPrices(db: Kysely<ChannelDb>, accountId: string): Promise<boolean> {
  const { rows } = await sql<{ on: boolean }>`
    select price_change as on from account where id = ${accountId}`.execute(db)
  return rows[0]?.on ?? false
}

/** A price as it is shown. */
export interface ShownPrice extends AnnouncedPrice {
  state: PriceState
  detail: string
  jobId: string
  stateAt: Date
}

/** Prices of an account, newest step first, from before the given place. */
export async function listPrices(
  db: Kysely<ChannelDb>,
  page: { accountId: string; itemId: string; before: { at: string; itemId: string } | null; limit: number },
): Promise<(ShownPrice & { place: string })[]> {
  const { rows } = await sql<
    Omit<ShownPrice, 'price'> & { minor: number | null; currency: string | null; place: string }
  >`
    select account_id as "accountId", item_id as "itemId", item_sku as "itemSku", version, price_minor as minor, price_currency as currency, state, detail,
           coalesce(job_id, '') as "jobId", state_at as "stateAt", state_at::text || ' ' || item_id as place
      from price_change
     where account_id = ${page.accountId} and (${page.itemId} = '' or item_id = ${page.itemId})
       and (${page.before?.at ?? null}::text is null
            or (state_at, item_id) < (${page.before?.at ?? null}::timestamptz, ${page.before?.itemId ?? null}::text))
     order by state_at desc, item_id desc limit ${page.limit}`.execute(db)
  return rows.map(({ minor, currency, ...row }) => ({
    ...row,
    price: minor === null || currency === null ? undefined : { minor, currency },
  }))
}
