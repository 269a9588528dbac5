import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import { traceparent } from '@lockstep/telemetry/trace'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { ItemDetails, ItemProperty } from '../domain/item-details.ts'
import type { CauseDetail } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'
import { causeJson } from './ledger-and-outbox.ts'

/** An item with all that is known of it. */
export interface DetailedItem extends ItemDetails {
  id: string
  sku: string
  kit: boolean
  version: number
  untrackedIn: string[]
  createdAt: Date
}

interface DetailedRow extends Omit<DetailedItem, 'purchasePrice' | 'retailPrice' | 'properties'> {
  purchaseMinor: number
  purchaseCurrency: string
  retailMinor: number
  retailCurrency: string
  properties: ItemProperty[] | null
}

const columns = sql`
  item.id, item.sku, item.title, item.kit, item.version, item.untracked_in as "untrackedIn", item.created_at as "createdAt", item.description,
  item.purchase_price_minor as "purchaseMinor", item.purchase_price_currency as "purchaseCurrency",
  item.retail_price_minor as "retailMinor", item.retail_price_currency as "retailCurrency",
  item.weight_grams as "weightGrams", item.tax_rate_basis_points as "taxRateBasisPoints",
  (select jsonb_agg(jsonb_build_object('name', name, 'value', value, 'type', type) order by name)
     from item_property where item_property.item_id = item.id) as properties`

function itemOf(row: DetailedRow): DetailedItem {
  const { purchaseMinor, purchaseCurrency, retailMinor, retailCurrency, properties, ...rest } = row
  return {
    ...rest,
    purchasePrice: { minor: purchaseMinor, currency: purchaseCurrency },
    retailPrice: { minor: retailMinor, currency: retailCurrency },
    properties: properties ?? [],
  }
}

/** The items of these SKUs, in the order of SKUs; `lock` keeps them as they are until the transaction ends. */
export async function itemsBySku(
  db: Kysely<InventoryDb>,
  skus: readonly string[],
  lock: 'lock' | 'look',
): Promise<Map<string, DetailedItem>> {
  const locking = lock === 'lock' ? sql`for update of item` : sql``
  const { rows } = await sql<DetailedRow>`
    select ${columns} from item where sku = any(${[...skus]}::text[]) order by sku ${locking}`.execute(db)
  return new Map(rows.map((row) => [row.sku, itemOf(row)]))
}

/** One item that exists. */
export async function detailedItem(db: Kysely<InventoryDb>, id: string, lock: 'lock' | 'look'): Promise<DetailedItem> {
  const locking = lock === 'lock' ? sql`for update of item` : sql``
  const { rows } = await sql<DetailedRow>`select ${columns} from item where id = ${id} ${locking}`.execute(db)
  const [row] = rows
  if (!row) throw new Error(`there is no item ${id}`)
  return itemOf(row)
}

/** Items by SKU, after the given one. */
export async function detailedItemsAfter(
  db: Kysely<InventoryDb>,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<DetailedItem[]> {
  const { rows } = await sql<DetailedRow>`
    select ${columns} from item
     where (${after ?? null}::text is null or sku > ${after ?? null}::text) order by sku limit ${limit}`.execute(db)
  return rows.map(itemOf)
}

/** Names of properties that any item has, at most `limit`. */
export async function propertyNames(db: Kysely<InventoryDb>, limit: number): Promise<{ name: string; type: string }[]> {
  const { rows } = await sql<{ name: string; type: string }>`
    select name, min(type) as type from item_property group by name order by name limit ${limit}`.execute(db)
  return rows
}

/** What is written of an item that the transaction has locked or made. */
export interface ItemToSave {
  id: string
  details: ItemDetails
  /** A new item keeps its first version. */
  raisesVersion: boolean
}

/** Writes the details of items, those of all in three statements. */
export async function saveDetails(tx: Transaction<InventoryDb>, items: readonly ItemToSave[]): Promise<void> {
  if (items.length === 0) return
  const of = <Value>(pick: (details: ItemDetails) => Value) => items.map(({ details }) => pick(details))
  const ids = items.map((item) => item.id)
  await sql`
    update item set title = w.title, description = w.description, purchase_price_minor = w.purchase_minor,
           purchase_price_currency = w.purchase_currency, retail_price_minor = w.retail_minor, retail_price_currency = w.retail_currency,
           weight_grams = w.weight, tax_rate_basis_points = w.tax_rate, version = item.version + w.raised
      from unnest(${ids}::text[], ${of((details) => details.title)}::text[], ${of((details) => details.description)}::text[],
                  ${of((details) => details.purchasePrice.minor)}::bigint[], ${of((details) => details.purchasePrice.currency)}::text[],
                  ${of((details) => details.retailPrice.minor)}::bigint[], ${of((details) => details.retailPrice.currency)}::text[],
                  ${of((details) => details.weightGrams)}::bigint[], ${of((details) => details.taxRateBasisPoints)}::integer[],
                  ${items.map((item) => (item.raisesVersion ? 1 : 0))}::integer[])
           as w (id, title, description, purchase_minor, purchase_currency, retail_minor, retail_currency, weight, tax_rate, raised)
     where item.id = w.id`.execute(tx)
  await saveProperties(tx, items)
}

async function saveProperties(tx: Transaction<InventoryDb>, items: readonly ItemToSave[]): Promise<void> {
  const rows = items.flatMap(({ id, details }) => details.properties.map((property) => ({ id, ...property })))
  await sql`delete from item_property where item_id = any(${items.map((item) => item.id)}::text[])`.execute(tx)
  if (rows.length === 0) return
  await sql`
    insert into item_property (item_id, name, value, type)
    select * from unnest(${rows.map((row) => row.id)}::text[], ${rows.map((row) => row.name)}::text[],
                         ${rows.map((row) => row.value)}::text[], ${rows.map((row) => row.type)}::text[])`.execute(tx)
}

/** Says where nobody counts a locked item. */
export async function saveUntracked(
  tx: Transaction<InventoryDb>,
  id: string,
  locationIds: readonly string[],
): Promise<void> {
  await sql`update item set untracked_in = ${[...locationIds]}::text[] where id = ${id}`.execute(tx)
}

/** Announces items as they are by now: what they are called and their properties, never their stock. */
export async function announceItems(
  tx: Transaction<InventoryDb>,
  ids: Ids,
  { itemIds, cause, kind }: { itemIds: readonly string[]; cause: CauseDetail; kind: 'item_created' | 'item_changed' },
): Promise<void> {
  if (itemIds.length === 0) return
  await sql`
    insert into outbox (id, subject, payload, traceparent)
    select event.id, event.subject,
           jsonb_build_object(
             'item', jsonb_build_object('id', item.id, 'sku', item.sku, 'title', item.title, 'kit', item.kit, 'createdAt', item_time(item.created_at)),
             'version', item.version::text,
             'properties', coalesce((select jsonb_agg(jsonb_build_object('name', name, 'value', value, 'type', type) order by name)
                                       from item_property where item_property.item_id = item.id), '[]'),
             'cause', ${causeJson(cause)}::jsonb || jsonb_build_object('kind', ${kind}::text),
             'at', item_time(clock_timestamp())),
           ${traceparent() ?? null}
      from unnest(${itemIds.map(() => ids.next('evt'))}::text[], ${[...itemIds]}::text[],
                  ${itemIds.map((id) => subjects.item.changed(id))}::text[]) as event (id, item_id, subject)
      join item on item.id = event.item_id
     order by item.id`.execute(tx)
}
