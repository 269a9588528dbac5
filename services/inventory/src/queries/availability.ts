import { sql, type Kysely } from 'kysely'
import { batchSizeProblem } from '../domain/quantities.ts'
import { isRefused, refused, type Refused } from '../domain/refusal.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { askable } from '../store/items.ts'
import { isText, pageOf, withNextToken, type AskedPage } from './page.ts'

/** How many digests all availability is summed up in. */
export const digestBuckets = 256

export interface ItemAvailability {
  itemId: string
  itemSku: string
  locations: { locationId: string; available: number; version: number; holds?: Record<string, number> }[]
}

const mostItems = 1_000

/** Availability in every location of those of the items that exist. */
export async function availabilityOf(
  db: Kysely<InventoryDb>,
  itemIds: readonly string[],
): Promise<ItemAvailability[] | Refused> {
  const problem = itemIds.length === 0 ? undefined : batchSizeProblem(itemIds.length, mostItems)
  if (problem) return refused({ ...problem, field: 'item_ids' })
  return availabilityWhere(db, sql`item.id = any(${askable(itemIds)}::text[])`, mostItems)
}

/** Availability of the items that one digest sums up, by id. */
export async function availabilityOfBucket(
  db: Kysely<InventoryDb>,
  { bucket, page: asked }: { bucket: number; page: AskedPage },
): Promise<{ items: ItemAvailability[]; nextPageToken: string } | Refused> {
  const page = pageOf(asked, isText)
  if (isRefused(page)) return page
  if (!Number.isInteger(bucket) || bucket < 0 || bucket >= digestBuckets) {
    const message = `there is no bucket ${bucket}`
    const nextStep = 'ask for a bucket from 0 to 255'
    return refused({ reason: 'FIELD_INVALID', message, nextStep, field: 'bucket', value: String(bucket) })
  }
  const items = await availabilityWhere(
    db,
    sql`item.digest_bucket = ${bucket}::smallint and item.id > ${page.after ?? ''}`,
    page.size + 1,
  )
  const { entries, nextPageToken } = withNextToken(items, page.size, (item) => item.itemId)
  return { items: entries, nextPageToken }
}

async function availabilityWhere(
  db: Kysely<InventoryDb>,
  condition: ReturnType<typeof sql>,
  limit: number,
): Promise<ItemAvailability[]> {
  const { rows } = await sql<ItemAvailability>`
    with wanted as (select id, sku from item where ${condition} order by id limit ${limit})
    select wanted.id as "itemId", wanted.sku as "itemSku",
           jsonb_agg(jsonb_strip_nulls(jsonb_build_object('locationId', level.location_id, 'available', level.available, 'version', level.version, 'holds', level.holds))
                     order by level.location_id) as locations
      from wanted join stock_level as level on level.item_id = wanted.id
     group by wanted.id, wanted.sku
     order by wanted.id`.execute(db)
  return rows
}

/** One number per bucket, for readers to compare with what they hold: see GetAvailabilityDigestsResponse for its making. */
export async function availabilityDigests(db: Kysely<InventoryDb>): Promise<bigint[]> {
  const { rows } = await sql<{ bucket: number; digest: string }>`
    select item.digest_bucket as bucket,
           bit_xor(('x' || left(md5(item.id || '|' || level.location_id || '|' || level.version || '|' || level.available), 16))::bit(64)::bigint)::text as digest
      from item join stock_level as level on level.item_id = item.id
     group by item.digest_bucket`.execute(db)
  const digests = Array.from({ length: digestBuckets }, () => 0n)
  for (const { bucket, digest } of rows) digests[bucket] = BigInt(digest)
  return digests
}
