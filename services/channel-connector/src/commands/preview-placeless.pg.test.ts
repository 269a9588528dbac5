import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'

import { type ChangeStage, changeStage } from '../../test/change-stage.ts'
import { givenAccounts, givenListings, seller } from '../../test/pipeline-fixtures.ts'
import type { OrderSales } from '../store/order-sales.ts'
import { takeInOrders } from './take-in-orders.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('placeless')
})
beforeEach(() => stage.clear())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

/** An account whose seller's token is not known yet: what Amazon holds is not asked. */
async function givenUk(locations: string[]): Promise<void> {
  await givenAccounts(stage.db, [{ marketplace: 'UK', locations }])
  await stage.db
    .updateTable('connection')
    .set({ state: 'no_credentials', refresh_token_sealed: null, token_key_id: null })
    .execute()
}

const linesOf = ({ changes }: Awaited<ReturnType<ChangeStage['preview']>>) =>
  changes.map(({ channelSku, from, to }) => [channelSku, from, to])

test('[B21] a link is shown with the units that downloaded orders are about to take, in its own listing and in the others of the item', async () => {
  await givenUk(['loc_1'])
  await givenListings(stage.db, [{ sku: 'NEW', item: null }, { sku: 'OLD' }, { sku: 'OTHER' }])
  for (const sku of ['OLD', 'OTHER']) await stage.available(sku, 10)
  const before = await stage.wanted()
  await takeInOrders(stage.deps, [anUnlinkedOrder('NEW', 3)])

  const shown = await stage.preview('UK', {
    kind: 'links',
    links: [{ channelSku: 'NEW', item: { id: 'itm_OLD', sku: 'OLD' } }],
  })

  expect(linesOf(shown)).toEqual([
    ['NEW', undefined, 7],
    ['OLD', 10, 7],
  ])
  expect(await stage.wanted()).toEqual(before)
  await stage.apply(shown.confirmation)
  expect(await stage.wanted()).toEqual({ NEW: 7, OLD: 7, OTHER: 10 })
  await stage.undo('UK')
  expect(await stage.wanted()).toEqual(before)
})

test('[B21] the first order location is shown with the units that downloaded orders are about to take there', async () => {
  await givenUk([])
  await givenListings(stage.db, [{ sku: 'A' }])
  await stage.available('A', 10)
  await takeInOrders(stage.deps, [anUnlinkedOrder('A', 4)])

  const shown = await stage.preview('UK', { kind: 'locations', locationIds: ['loc_1'], orderLocationId: 'loc_1' })
  await stage.apply(shown.confirmation)

  expect(linesOf(shown)).toEqual([['A', undefined, 6]])
  expect(await stage.wanted()).toEqual({ A: 6 })
})

/** A downloaded order whose line has no item or no location yet. */
function anUnlinkedOrder(channelSku: string, units: number): OrderSales {
  const { id: connectionId } = seller
  const line = { orderLineId: `oln_${channelSku}`, channelSku, units, itemId: '', awaitsPlace: true }
  const order = { orderId: `ord_${channelSku}`, connectionId, revision: 1, marketplaceId: 'A1F83G8C2ARO7P' }
  return { ...order, createdAt: new Date('2026-11-21T10:00:05Z'), lines: [line] }
}
