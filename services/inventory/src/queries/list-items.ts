import { sql, type Kysely } from 'kysely'
import { isRefused, type Refused } from '../domain/refusal.ts'
import type { Item } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { isText, pageOf, withNextToken, type AskedPage } from './page.ts'

export interface ItemSummary {
  item: Item
  onHand: number
  reserved: number
  available: number
}

interface SummaryRow extends Item {
  onHand: number
  reserved: number
  available: number
}

/**
 * Items by SKU in the order of its bytes, with their totals over our own locations. The search looks in SKU and title, whatever the case: for three characters and more
 * anywhere, for fewer at the beginning of words, so that an index answers either.
 */
export async function listItems(
  db: Kysely<InventoryDb>,
  { search, page: asked }: { search: string; page: AskedPage },
): Promise<{ items: ItemSummary[]; nextPageToken: string } | Refused> {
  const page = pageOf(asked, isText)
  if (isRefused(page)) return page
  // No text of ours holds a NUL, so nothing is found with one; Postgres would refuse the question.
  if (search.includes('\0')) return { items: [], nextPageToken: '' }
  const matches = search === '' ? sql`true` : searchCondition(search)
  const { rows } = await sql<SummaryRow>`
    with wanted as (
      select id, sku, title, kit, created_at from item
       where (${page.after ?? null}::text is null or sku > ${page.after ?? null}::text)
         and (${matches})
       order by sku limit ${page.size + 1}
    )
    select wanted.id, wanted.sku, wanted.title, wanted.kit, wanted.created_at as "createdAt",
           coalesce(sum(level.on_hand), 0)::bigint as "onHand", coalesce(sum(level.reserved), 0)::bigint as reserved,
           coalesce(sum(level.available), 0)::bigint as available
      from wanted
      left join (stock_level as level join location on location.id = level.location_id and location.kind = 'own') on level.item_id = wanted.id
     group by wanted.id, wanted.sku, wanted.title, wanted.kit, wanted.created_at
     order by wanted.sku`.execute(db)
  const { entries, nextPageToken } = withNextToken(rows, page.size, (row) => row.sku)
  const items = entries.map(({ onHand, reserved, available, ...item }) => ({ item, onHand, reserved, available }))
  return { items, nextPageToken }
}

function searchCondition(search: string) {
  const text = search.replaceAll(/[\\%_]/g, escaped)
  const patterns = Array.from(search).length > 2 ? [`%${text}%`] : [`${text}%`, `% ${text}%`, `%-${text}%`]
  return sql.join(
    patterns.flatMap((pattern) => [like('sku', pattern), like('title', pattern)]),
    sql` or `,
  )
}

const escaped = (character: string): string => `\\${character}`

const like = (column: string, pattern: string) => sql`lower(${sql.ref(column)}) like lower(${pattern})`
