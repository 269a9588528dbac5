import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import { traceparent } from '@lockstep/telemetry/trace'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Price } from '../domain/item-details.ts'
import type { CauseDetail } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'
import { causeJson } from './ledger-and-outbox.ts'

/** A channel price to set; without a price it is taken away. */
export interface PriceToSet {
  itemId: string
  accountId: string
  price: Price | undefined
}

/**
 * Sets channel prices and announces those that are another one now, one event per item, in one statement. Each pair of item and account once. Answers how many changed.
 */
export async function saveChannelPrices(
  tx: Transaction<InventoryDb>,
  ids: Ids,
  { prices, cause }: { prices: readonly PriceToSet[]; cause: CauseDetail },
): Promise<number> {
  const events = new Map(prices.map(({ itemId }) => [itemId, ids.next('evt')]))
  const { rows } = await sql<{ changed: number }>`
    with wanted as (
      select * from unnest(
        ${prices.map((line) => line.itemId)}::text[], ${prices.map((line) => line.accountId)}::text[],
        ${prices.map((line) => line.price?.minor ?? null)}::bigint[], ${prices.map((line) => line.price?.currency ?? null)}::text[],
        ${prices.map((line) => events.get(line.itemId) ?? '')}::text[], ${prices.map((line) => subjects.price.changed(line.itemId))}::text[]
      ) as w (item_id, account_id, minor, currency, event_id, subject)
    ), saved as (
      insert into channel_price as p (item_id, account_id, price_minor, price_currency, actor)
      select item_id, account_id, minor, currency, ${cause.actor}
        from wanted
       where minor is not null
          or exists (select from channel_price k where k.item_id = wanted.item_id and k.account_id = wanted.account_id)
       order by item_id, account_id
      on conflict (item_id, account_id) do update
         set price_minor = excluded.price_minor, price_currency = excluded.price_currency, version = p.version + 1,
             changed_at = clock_timestamp(), actor = excluded.actor
       where (p.price_minor, p.price_currency) is distinct from (excluded.price_minor, excluded.price_currency)
      returning p.item_id, p.account_id, p.price_minor, p.price_currency, p.version, p.changed_at, p.actor
    ), announced as (
      insert into outbox (id, subject, payload, traceparent)
      select w.event_id, w.subject,
             jsonb_build_object('itemId', saved.item_id, 'prices', jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
               'itemId', saved.item_id, 'itemSku', item.sku, 'accountId', saved.account_id,
               'price', case when saved.price_minor is not null
                             then jsonb_build_object('minor', saved.price_minor::text, 'currency', saved.price_currency) end,
               'version', saved.version::text, 'changedAt', item_time(saved.changed_at), 'actor', saved.actor)) order by saved.account_id),
               'cause', ${causeJson(cause)}::jsonb || jsonb_build_object('kind', 'channel_price_set'),
               'at', item_time(clock_timestamp())),
             ${traceparent() ?? null}
        from saved join wanted w on w.item_id = saved.item_id and w.account_id = saved.account_id join item on item.id = saved.item_id
       group by w.event_id, w.subject, saved.item_id, item.sku
       order by saved.item_id
    )
    select count(*) as changed from saved`.execute(tx)
  return rows[0]?.changed ?? 0
}

/** The prices that these pairs have, by item and account. */
export async function pricesOf(
  db: Kysely<InventoryDb>,
  pairs: readonly Pick<PriceToSet, 'itemId' | 'accountId'>[],
): Promise<Map<string, Price>> {
  const { rows } = await sql<{ key: string; minor: number; currency: string }>`
    select item_id || ' ' || account_id as key, price_minor as minor, price_currency as currency
      from channel_price
     where price_minor is not null
       and (item_id, account_id) in (select * from unnest(${pairs.map((pair) => pair.itemId)}::text[], ${pairs.map((pair) => pair.accountId)}::text[]))`.execute(
    db,
  )
  return new Map(rows.map(({ key, minor, currency }) => [key, { minor, currency }]))
}

export interface ChannelPrice {
  itemId: string
  itemSku: string
  accountId: string
  price: Price
  version: number
  changedAt: Date
  actor: string
}

/** Prices by SKU and account, after the given pair; those that were taken away are left out. */
export async function channelPricesAfter(
  db: Kysely<InventoryDb>,
  page: { itemId: string | undefined; accountId: string; after: readonly [string, string] | undefined; limit: number },
): Promise<ChannelPrice[]> {
  const [sku = null, account = null] = page.after ?? []
  const { rows } = await sql<Omit<ChannelPrice, 'price'> & { minor: number; currency: string }>`
    select price.item_id as "itemId", item.sku as "itemSku", price.account_id as "accountId", price.price_minor as minor,
           price.price_currency as currency, price.version, price.changed_at as "changedAt", price.actor
      from channel_price as price join item on item.id = price.item_id
     where price.price_minor is not null
       and (${page.itemId ?? null}::text is null or price.item_id = ${page.itemId ?? null}::text)
       and (${page.accountId} = '' or price.account_id = ${page.accountId})
       and (${sku}::text is null or (item.sku, price.account_id) > (${sku}::text, ${account}::text))
     order by item.sku, price.account_id limit ${page.limit}`.execute(db)
  return rows.map(({ minor, currency, ...row }) => ({ ...row, price: { minor, currency } }))
}
