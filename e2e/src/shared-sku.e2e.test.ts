import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { marketplaces } from '@lockstep/local-stack/scenario'
import { eventually } from '@lockstep/testkit/eventually'
import { addAccount, link, list, run, signUp, turnOnUpdates } from './stage/accounts.ts'
import { journalEnd, liveOf, writesOf } from './stage/amazon.ts'
import { patchQuantity } from './stage/direct-patch.ts'
import { openStage, type Stage } from './stage/open-stage.ts'

/** Three warehouses hold 10, 20 and 30 of everything. */
const places = [
  { marketplace: 'UK', location: 'Ten', quantity: 10 },
  { marketplace: 'DE', location: 'Twenty', quantity: 20 },
  { marketplace: 'FR', location: 'Thirty', quantity: 30 },
] as const
const items = ['MUG', 'TRAY', 'SENTINEL']
const apart = 'A1APART00EU'
const shared = 'A1SHARED0EU'
const tray = { sellerId: shared, sku: 'TRAY' }

const skuOf = (marketplace: string) => `MUG_${marketplace}`

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  for (const { location } of places) await run(stage, 'locations', 'add', location)
  for (const item of items) {
    await run(stage, 'items', 'add', item)
    for (const { location, quantity } of places)
      await run(stage, 'stock', 'set', item, String(quantity), '--location', location)
  }
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('[S000-9] three writes of one SKU for UK, DE and FR leave one number on Amazon: the last', async () => {
  const sellerId = 'A1DIRECT0EU'
  const refreshToken = await signUp(stage, sellerId, ['UK', 'DE', 'FR'])
  await list(stage, { sellerId, sku: 'VASE', quantity: 1, marketplaces: ['UK', 'DE', 'FR'] })

  const statuses: number[] = []
  for (const { marketplace, quantity } of places) {
    const write = { refreshToken, sellerId, sku: 'VASE', quantity }
    statuses.push(await patchQuantity(stage.sim.url, { ...write, marketplaceId: marketplaces[marketplace].id }))
  }

  expect(statuses).toEqual([200, 200, 200])
  await eventually(async () => {
    const listing = await stage.sim.listing(sellerId, 'VASE')
    expect(listing).toMatchObject({ live: { quantity: 30 }, pendingWrites: [] })
    expect(listing.offers).toHaveLength(3)
  })
})

test('[S000-12] distinct SKUs of one seller each get the number of their own marketplace, and no other’s', async () => {
  for (const { marketplace, location } of places) {
    const name = `APART-${marketplace}`
    await list(stage, { sellerId: apart, sku: skuOf(marketplace), quantity: 1, marketplaces: [marketplace] })
    await addAccount(stage, { sellerId: apart, name, marketplace, locations: [location] })
    await link(stage, name, { sku: skuOf(marketplace), item: 'MUG' })
    await turnOnUpdates(stage, name)
  }
  await eventually(async () => expect(await levelsOfMugs()).toEqual([10, 20, 30]))
  const before = await journalEnd(stage)

  await run(stage, 'stock', 'set', 'MUG', '21', '--location', 'Twenty')

  await eventually(async () => expect(await levelsOfMugs()).toEqual([10, 21, 30]))
  const { entries } = await stage.sim.journal({ sellerId: apart, operation: 'patchListingsItem', since: before })
  expect(entries.map(({ sku }) => sku)).toEqual(['MUG_DE'])
})

test('[S000-15] [S000-9] one SKU with three numbers is a conflict that is shown before anything is sent; confirmed, it gets one write, the lowest', async () => {
  await list(stage, { ...tray, quantity: 30, marketplaces: ['UK', 'DE', 'FR'] })
  await list(stage, { sellerId: shared, sku: 'SENTINEL', quantity: 30 })
  for (const { marketplace } of places) {
    await addAccount(stage, { sellerId: shared, name: marketplace, marketplace, locations: ['Thirty'] })
    await link(stage, marketplace, tray)
  }
  await link(stage, 'UK', { sku: 'SENTINEL' })
  for (const { marketplace } of places) await turnOnUpdates(stage, marketplace)
  for (const { marketplace, location } of places) await run(stage, 'locations', 'map', marketplace, location)

  const conflict = { conflict: expect.stringMatching(/10.*20.*30/), number: 10, policy: 'lowest' }
  await eventually(async () => {
    for (const { marketplace, quantity } of places)
      expect(await stage.lockstep('why', marketplace, tray.sku)).toMatchObject({
        json: {
          group: { ...conflict, members: expect.arrayContaining([expect.objectContaining({ desired: quantity })]) },
          state: 'conflict',
          chain: { scheduled: { blocked_by: 'BARRIER' }, submitted: null, accepted: null },
          next: { action: 'wait', reason: 'CONFIRMATION_NEEDED' },
        },
      })
  })
  await run(stage, 'stock', 'set', 'SENTINEL', '9', '--location', 'Ten')
  await eventually(async () => expect(await liveOf(stage, { ...tray, sku: 'SENTINEL' })).toBe(9))
  expect(await writesOf(stage, tray)).toEqual([])
  expect(await run(stage, 'sync', 'dry-run', 'DE')).toMatchObject({
    lines: [{ channel_sku: tray.sku, from: 30, to: 10 }],
    conflicts: [expect.stringMatching(/TRAY.*10.*20.*30/)],
  })

  await turnOnUpdates(stage, 'DE')

  await eventually(async () => expect(await liveOf(stage, tray)).toBe(10))
  expect(await writesOf(stage, tray)).toMatchObject([{ quantity: 10, status: 200 }])
})

function levelsOfMugs(): Promise<number[]> {
  return Promise.all(places.map(({ marketplace }) => liveOf(stage, { sellerId: apart, sku: skuOf(marketplace) })))
}
