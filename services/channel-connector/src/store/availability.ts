import { sql, type Kysely, type Transaction } from 'kysely'

import type { ChannelDb } from './database.ts'

/** Availability of one item in one location, as inventory states it. */
export interface AvailabilityFigure {
  itemId: string
  locationId: string
  /** on_hand − reserved − held. */
  available: number
  version: number
  /** What of it each hold keeps back, by group; left out or null when nothing is held. */
  holds?: Readonly<Record<string, number>> | null
}

/**
 * Stores the figures that are newer than ours and returns the items they belong to. Any order and any repeats end in the same rows.
 * Locks the rows in (item, location) order until the transaction ends.
 */
export async function saveAvailability(
  tx: Transaction<ChannelDb>,
  figures: readonly AvailabilityFigure[],
): Promise<string[]> {
  const newest = newestOf(figures)
  if (newest.length === 0) return []
  const { rows } = await sql<{ item_id: string }>`
    insert into availability as a (item_id, location_id, available, version, holds)
    select item_id, location_id, available, version, holds::jsonb
      from unnest(${newest.map((f) => f.itemId)}::text[], ${newest.map((f) => f.locationId)}::text[],
                  ${newest.map((f) => f.available)}::bigint[], ${newest.map((f) => f.version)}::bigint[],
                  ${newest.map((f) => (f.holds ? JSON.stringify(f.holds) : null))}::text[])
           as incoming (item_id, location_id, available, version, holds)
     order by item_id, location_id
    on conflict (item_id, location_id)
    do update set available = excluded.available, version = excluded.version, holds = excluded.holds, at = clock_timestamp()
     where a.version < excluded.version
    returning item_id`.execute(tx)
  return [...new Set(rows.map((row) => row.item_id))]
}

/** One figure per (item, location): a statement may touch each row once. */
function newestOf(figures: readonly AvailabilityFigure[]): AvailabilityFigure[] {
  const newest = new Map<string, AvailabilityFigure>()
  for (const figure of figures) {
    const key = `${figure.itemId} ${figure.locationId}`
    const known = newest.get(key)
    if (!known || known.version < figure.version) newest.set(key, figure)
  }
  return [...newest.values()]
}

/** Of these figures the ones that are newer than what is stored. */
export async function newerThanStored(
  db: Kysely<ChannelDb>,
  figures: readonly AvailabilityFigure[],
): Promise<AvailabilityFigure[]> {
  if (figures.length === 0) return []
  const { rows } = await sql<{ place: number }>`
    select i.place::int as place
      from unnest(${figures.map((f) => f.itemId)}::text[], ${figures.map((f) => f.locationId)}::text[],
                  ${figures.map((f) => f.version)}::bigint[])
           with ordinality as i (item_id, location_id, version, place)
      left join availability a on a.item_id = i.item_id and a.location_id = i.location_id
     where a.version is null or a.version < i.version
     order by i.place`.execute(db)
  return rows.flatMap((row) => figures[row.place - 1] ?? [])
}

/**
 * 256 digests over everything stored, defined as inventory's GetAvailabilityDigests defines its own:
 * bucket = first byte of md5(item id), digest = xor of the first 8 bytes of md5("item|location|version|available").
 */
export async function availabilityDigests(db: Kysely<ChannelDb>): Promise<bigint[]> {
  const { rows } = await sql<{ bucket: number; digest: string }>`
    select get_byte(decode(md5(item_id), 'hex'), 0) as bucket,
           bit_xor(('x' || left(md5(item_id || '|' || location_id || '|' || version || '|' || available), 16))::bit(64)::bigint)::text
             as digest
      from availability group by 1`.execute(db)
  const digests = Array.from({ length: 256 }, () => 0n)
  for (const row of rows) digests[row.bucket] = BigInt(row.digest)
  return digests
}

/** Asks for the availability of these items to be fetched from inventory. */
export async function wantAvailability(tx: Transaction<ChannelDb>, itemIds: readonly string[]): Promise<void> {
  if (itemIds.length === 0) return
  await sql`
    insert into availability_wanted (item_id)
    select distinct item_id from unnest(${[...itemIds]}::text[]) as wanted (item_id) order by item_id
    on conflict do nothing`.execute(tx)
}

/** Takes items that are to be fetched now, so that no other process fetches them for the next seconds. */
export async function takeWantedItems(db: Kysely<ChannelDb>, limit: number): Promise<string[]> {
  const { rows } = await sql<{ item_id: string }>`
    update availability_wanted w
       set attempts = w.attempts + 1,
           next_at = clock_timestamp() + make_interval(secs => least(60, 2 ^ least(6, w.attempts + 1)))
      from (select item_id from availability_wanted where next_at <= clock_timestamp()
             order by next_at limit ${limit} for update skip locked) as due
     where w.item_id = due.item_id returning w.item_id`.execute(db)
  return rows.map((row) => row.item_id)
}

/** These items are known now in every location that inventory has. */
export async function dropWantedItems(tx: Transaction<ChannelDb>, itemIds: readonly string[]): Promise<void> {
  if (itemIds.length === 0) return
  await sql`delete from availability_wanted where item_id = any(${[...itemIds]}::text[])`.execute(tx)
}

/** The groups that hold a listing of these items, with the item. */
export async function listGroupsOfItems(
  db: Kysely<ChannelDb>,
  itemIds: readonly string[],
): Promise<{ groupId: string; itemId: string }[]> {
  if (itemIds.length === 0) return []
  const { rows } = await sql<{ groupId: string; itemId: string }>`
    select distinct group_id as "groupId", item_id as "itemId" from listing
     where item_id = any(${[...itemIds]}::text[])`.execute(db)
  return rows
}
