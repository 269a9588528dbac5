import { sql, type Kysely, type Transaction } from 'kysely'
import type { InventoryDb } from './inventory-db.ts'

export interface KitComponent {
  itemId: string
  sku: string
  title: string
  /** Units of it in one kit. */
  quantity: number
}

export interface LockedItem {
  id: string
  sku: string
  kit: boolean
  version: number
}

/** Locks items until the transaction ends, in the order of ids, so that no item becomes a kit while it is made a component. */
export async function lockItems(
  tx: Transaction<InventoryDb>,
  ids: readonly string[],
): Promise<Map<string, LockedItem>> {
  const rows = await tx
    .selectFrom('item')
    .select(['id', 'sku', 'kit', 'version'])
    .where('id', 'in', [...ids])
    .orderBy('id')
    .forUpdate()
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** What a kit is put together from, by SKU; nothing for any other item. */
export async function componentsOfKit(db: Kysely<InventoryDb>, kitId: string): Promise<KitComponent[]> {
  return db
    .selectFrom('kit_component')
    .innerJoin('item', 'item.id', 'kit_component.component_id')
    .select(['item.id as itemId', 'item.sku', 'item.title', 'kit_component.quantity'])
    .where('kit_component.kit_id', '=', kitId)
    .orderBy('item.sku')
    .execute()
}

/** The components of several kits, by the kit's id. Items that are no kits are left out. */
export async function componentsOfKits(
  db: Kysely<InventoryDb>,
  kitIds: readonly string[],
): Promise<Map<string, (KitComponent & { untrackedIn: string[] })[]>> {
  if (kitIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('kit_component')
    .innerJoin('item', 'item.id', 'kit_component.component_id')
    .select(['kit_component.kit_id as kitId', 'item.id as itemId', 'item.sku', 'item.title', 'kit_component.quantity'])
    .select('item.untracked_in as untrackedIn')
    .where('kit_component.kit_id', 'in', [...kitIds])
    .orderBy('item.id')
    .execute()
  return Map.groupBy(rows, (row) => row.kitId)
}

/** The kits that an item is a component of, by SKU; at most `limit`. */
export async function kitsOfComponent(
  db: Kysely<InventoryDb>,
  itemId: string,
  limit: number,
): Promise<{ itemId: string; sku: string; title: string; quantity: number }[]> {
  return db
    .selectFrom('kit_component')
    .innerJoin('item', 'item.id', 'kit_component.kit_id')
    .select(['item.id as itemId', 'item.sku', 'item.title', 'kit_component.quantity'])
    .where('kit_component.component_id', '=', itemId)
    .orderBy('item.sku')
    .limit(limit)
    .execute()
}

/** Locks the levels of an item that is about to become a kit, and answers those that hold or promise something. */
export async function levelsInUse(
  tx: Transaction<InventoryDb>,
  itemId: string,
): Promise<{ locationName: string; onHand: number; reserved: number }[]> {
  const { rows } = await sql<{ locationName: string; onHand: number; reserved: number; inUse: boolean }>`
    select location.name as "locationName", level.on_hand as "onHand", level.reserved,
           (level.on_hand <> 0 or level.reserved <> 0 or level.held <> 0) as "inUse"
      from stock_level as level join location on location.id = level.location_id
     where level.item_id = ${itemId}
     order by level.location_id
       for no key update of level`.execute(tx)
  return rows.filter((row) => row.inUse)
}

/** Units of an item that have left one location and not arrived at another. */
export async function unitsOnTheWay(tx: Transaction<InventoryDb>, itemId: string): Promise<number> {
  const { rows } = await sql<{ units: number }>`
    select coalesce(sum(line.sent - line.received - line.returned), 0)::bigint as units
      from transfer_line as line join transfer on transfer.id = line.transfer_id
     where line.item_id = ${itemId} and transfer.state = 'in_flight'`.execute(tx)
  return rows[0]?.units ?? 0
}

/** Makes a locked item a kit of these components, in place of whatever it was put together from. */
export async function saveKit(
  tx: Transaction<InventoryDb>,
  kitId: string,
  components: readonly { itemId: string; quantity: number }[],
): Promise<void> {
  await sql`update item set kit = true, untracked_in = '{}', version = version + 1 where id = ${kitId}`.execute(tx)
  await sql`
    insert into kit (item_id) values (${kitId})
    on conflict (item_id) do update set due_at = null, attempts = 0`.execute(tx)
  await sql`delete from kit_component where kit_id = ${kitId}`.execute(tx)
  await sql`
    insert into kit_component (kit_id, component_id, quantity)
    select ${kitId}, component_id, quantity
      from unnest(${components.map((part) => part.itemId)}::text[], ${components.map((part) => part.quantity)}::bigint[])
           as part (component_id, quantity)`.execute(tx)
}

/** Makes a locked kit an item of its own again. Its levels are the caller's to compute: it has no components any more. */
export async function removeKit(tx: Transaction<InventoryDb>, kitId: string): Promise<void> {
  await sql`delete from kit_component where kit_id = ${kitId}`.execute(tx)
  await sql`delete from kit where item_id = ${kitId}`.execute(tx)
  await sql`update item set kit = false, version = version + 1 where id = ${kitId}`.execute(tx)
}

/** Kits by SKU, after the given one. */
export async function listKitItems(
  db: Kysely<InventoryDb>,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<{ id: string; sku: string; title: string; version: number; createdAt: Date }[]> {
  const kits = db
    .selectFrom('kit')
    .innerJoin('item', 'item.id', 'kit.item_id')
    .select(['item.id', 'item.sku', 'item.title', 'item.version', 'item.created_at as createdAt'])
    .orderBy('item.sku')
    .limit(limit)
  return (after === undefined ? kits : kits.where('item.sku', '>', after)).execute()
}
