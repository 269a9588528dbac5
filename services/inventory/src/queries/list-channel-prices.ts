import type { Kysely } from 'kysely'
import { isRefused, type Refused } from '../domain/refusal.ts'
import { channelPricesAfter, type ChannelPrice } from '../store/channel-prices.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { askable } from '../store/items.ts'
import { findItem } from './find-item.ts'
import { isPair, pageOf, withNextToken, type AskedPage } from './page.ts'

/** A page of channel prices by SKU and account; of one item, of one account, or of all. */
export async function listChannelPrices(
  db: Kysely<InventoryDb>,
  { item: text, accountId, page: asked }: { item: string; accountId: string; page: AskedPage },
): Promise<{ prices: ChannelPrice[]; nextPageToken: string } | Refused> {
  const page = pageOf(asked, isPair)
  if (isRefused(page)) return page
  const item = text === '' ? undefined : await findItem(db, text)
  if (item && isRefused(item)) return item
  if (askable([accountId]).length === 0) return { prices: [], nextPageToken: '' }
  const { after, size } = page
  const rows = await channelPricesAfter(db, { itemId: item?.id, accountId, after, limit: size + 1 })
  const { entries, nextPageToken } = withNextToken(rows, size, (row) => [row.itemSku, row.accountId])
  return { prices: entries, nextPageToken }
}
