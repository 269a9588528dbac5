import { sql, type Kysely, type Transaction } from 'kysely'
import type { Item } from '../domain/stock.ts'
import type { InventoryDb } from './inventory-db.ts'

/** An item as far as a stock write must know it. */
export interface FoundItem {
  id: string
  sku: string
  kit: boolean
  /** Locations in which nobody counts it. */
  untrackedIn: string[]
}

/**
 * The items that each text may mean, by our id or by SKU, byte for byte. One text means two items when somebody gave an item
 * a SKU that looks like another item's id.
 */
export async function findItems(db: Kysely<InventoryDb>, texts: readonly string[]): Promise<Map<string, FoundItem[]>> {
  const { rows } = await sql<FoundItem & { text: string }>`
    with asked as (select distinct text from unnest(${askable(texts)}::text[]) as a (text))
    select asked.text, item.id, item.sku, item.kit, item.untracked_in as "untrackedIn" from asked join item on item.id = asked.text
     union
    select asked.text, item.id, item.sku, item.kit, item.untracked_in from asked join item on item.sku = asked.text`.execute(
    db,
  )
  return Map.groupBy(rows, (row) => row.text)
}

/** Texts that can be a key at all: Postgres refuses a NUL in a text, and the longest key is a location's name. */
export function askable(texts: readonly string[]): string[] {
  return texts.filter((text) => text.length <= 200 && !text.includes('\0') && text.isWellFormed())
}

export async function getItemById(db: Kysely<InventoryDb>, id: string): Promise<Item> {
  const row = await db
    .selectFrom('item')
    .select(['id', 'sku', 'title', 'kit', 'created_at as createdAt'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row
}

/** The version of an item that exists. */
export async function itemVersion(db: Kysely<InventoryDb>, id: string): Promise<number> {
  const { version } = await db.selectFrom('item').select('version').where('id', '=', id).executeTakeFirstOrThrow()
  return version
}

/** Undefined when the SKU is taken. Waits for another transaction that is about to take it. */
export async function insertItem(
  tx: Transaction<InventoryDb>,
  item: { id: string; sku: string; title: string },
): Promise<Item | undefined> {
  return tx
    .insertInto('item')
    .values(item)
    .onConflict((conflict) => conflict.column('sku').doNothing())
    .returning(['id', 'sku', 'title', 'kit', 'created_at as createdAt'])
    .executeTakeFirst()
}

export interface NewItem {
  id: string
  sku: string
  title: string
}

/** Creates those items whose SKU is free, and answers them. Each SKU at most once; taken in the order of SKUs. */
export async function insertNewItems(tx: Transaction<InventoryDb>, items: readonly NewItem[]): Promise<NewItem[]> {
  const { rows } = await sql<NewItem>`
    insert into item (id, sku, title)
    select id, sku, title
      from unnest(
        ${items.map((item) => item.id)}::text[], ${items.map((item) => item.sku)}::text[], ${items.map((item) => item.title)}::text[]
      ) as w (id, sku, title)
     order by sku collate "C"
    on conflict (sku) do nothing
    returning id, sku, title`.execute(tx)
  return rows
}
