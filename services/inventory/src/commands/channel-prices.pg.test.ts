import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'
import { aKey, anItem, done, openInventory, refusedWith, type InventoryFixture } from '../../test/inventory-fixture.ts'
import { listChannelPrices } from '../queries/list-channel-prices.ts'
import { saveLocationUser } from '../store/location-users.ts'
import { previewChannelPrices, setChannelPrices, type PriceLine } from './set-channel-prices.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const gbp = (minor: number) => ({ minor, currency: 'GBP' })
const pricing = (...lines: PriceLine[]) =>
  setChannelPrices(inventory.deps, { idempotencyKey: aKey(), actor: 'ann', lines })

const eventsOf = async (itemId: string) => {
  const { rows } = await sql<{ subject: string; payload: { prices: unknown[] } }>`
    select subject, payload from outbox where subject like '%price.changed%' and payload ->> 'itemId' = ${itemId} order by seq`.execute(
    inventory.db,
  )
  return rows
}

test('[S004-56] a channel price that is set, changed or taken away is announced, once, with a version that only rises', async () => {
  const item = await anItem(inventory.deps)
  const line = { item: item.sku, accountId: 'acc_uk' }

  const answers = [
    done(
      await pricing(
        { ...line, price: gbp(999) },
        { item: item.id, accountId: 'acc_de', price: { minor: 1199, currency: 'EUR' } },
      ),
    ),
    done(await pricing({ ...line, price: gbp(999) })),
    done(await pricing({ ...line, price: undefined })),
    done(await pricing({ ...line, price: gbp(899) })),
  ]

  expect(answers).toEqual([
    { changed: 2, unchanged: 0 },
    { changed: 0, unchanged: 1 },
    { changed: 1, unchanged: 0 },
    { changed: 1, unchanged: 0 },
  ])
  expect(await eventsOf(item.id)).toMatchObject([
    {
      subject: `evt.inventory.v1.price.changed.-.${item.id}`,
      payload: {
        prices: [
          { accountId: 'acc_de', itemSku: item.sku, price: { minor: '1199', currency: 'EUR' }, version: '1' },
          { accountId: 'acc_uk', price: { minor: '999', currency: 'GBP' }, version: '1', actor: 'ann' },
        ],
        cause: { kind: 'channel_price_set' },
      },
    },
    { payload: { prices: [{ accountId: 'acc_uk', version: '2' }] } },
    { payload: { prices: [{ accountId: 'acc_uk', price: { minor: '899' }, version: '3' }] } },
  ])
  expect((await eventsOf(item.id))[1]?.payload.prices[0]).not.toHaveProperty('price')
})

test('[S004-56] prices are listed by item and by account, page by page, without those that were taken away', async () => {
  const { db } = inventory
  const [one, two] = [await anItem(inventory.deps), await anItem(inventory.deps)]
  const account = `acc_${aKey('list').replaceAll('-', '')}`
  done(
    await pricing(
      { item: one.id, accountId: account, price: gbp(1) },
      { item: two.id, accountId: account, price: gbp(2) },
    ),
  )

  const first = done(await listChannelPrices(db, { item: '', accountId: account, page: { size: 1, token: '' } }))
  const second = done(
    await listChannelPrices(db, { item: '', accountId: account, page: { size: 1, token: first.nextPageToken } }),
  )
  done(await pricing({ item: one.id, accountId: account, price: undefined }))

  expect([...first.prices, ...second.prices].map(({ itemSku, price }) => [itemSku, price])).toEqual([
    [one.sku, gbp(1)],
    [two.sku, gbp(2)],
  ])
  expect(second.nextPageToken).toBe('')
  expect(
    done(await listChannelPrices(db, { item: one.id, accountId: '', page: { size: 0, token: '' } })).prices,
  ).toEqual([])
})

test('[S004-56] one bad line sets no price, and every bad line is named', async () => {
  const item = await anItem(inventory.deps)
  const line = { item: item.id, accountId: 'acc_uk', price: gbp(5) }

  const refusal = refusedWith(
    await pricing(
      line,
      { ...line, price: gbp(6) },
      { ...line, accountId: 'UK' },
      { ...line, item: 'nowhere' },
      { ...line, accountId: 'acc_de', price: { minor: 5, currency: 'eur' } },
      { ...line, accountId: 'acc_fr', price: gbp(0) },
    ),
  )

  expect(refusal.lines?.map(({ index, reason, field }) => [index, reason, field])).toEqual([
    [1, 'LINE_DUPLICATE', 'item'],
    [2, 'FIELD_INVALID', 'account_id'],
    [3, 'ITEM_UNKNOWN', 'item'],
    [4, 'FIELD_INVALID', 'price'],
    [5, 'FIELD_INVALID', 'price'],
  ])
  expect(await eventsOf(item.id)).toEqual([])
})

test('[S004-56] a price in another currency than the account sells in is refused with field, value and next step, shown or set', async () => {
  const item = await anItem(inventory.deps)
  const accountId = 'acc_sells0in0gbp'
  const user = { accountId, name: 'UK', locationIds: [], orderLocationId: null, currency: 'GBP' }
  await saveLocationUser(inventory.db, { ...user, toldAt: new Date() })
  const line = { item: item.sku, accountId, price: { minor: 999, currency: 'EUR' } }

  const refusal = refusedWith(await pricing(line))
  const shown = done(await previewChannelPrices(inventory.deps, [line, { ...line, price: gbp(999) }]))

  const problem = {
    reason: 'FIELD_INVALID',
    message: 'the currency is "EUR", but UK sells in GBP',
    nextStep: 'give the price in GBP',
    field: 'currency',
    value: 'EUR',
  }
  expect(refusal).toMatchObject(problem)
  expect(shown.results).toMatchObject([{ refusal: problem }, { changes: true }])
  expect(await eventsOf(item.id)).toEqual([])
  expect(done(await pricing({ ...line, price: gbp(999) }))).toEqual({ changed: 1, unchanged: 0 })
})
