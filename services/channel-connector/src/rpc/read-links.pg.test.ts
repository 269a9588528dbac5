import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'

import { type ChangeStage, changeStage, refusedWith } from '../../test/change-stage.ts'
import { accountId, givenAccounts, givenListings } from '../../test/pipeline-fixtures.ts'
import { getAccount } from '../commands/get-account.ts'
import { readLinks } from './read-links.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('read_links')
})
beforeEach(async () => {
  await stage.clear()
  await givenAccounts(stage.db, [{ marketplace: 'UK' }])
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

/** What inventory has, and how often it was asked. */
const inventory = { skus: [] as string[], asked: 0 }

const findItems = async (texts: readonly string[]) => {
  inventory.asked += 1
  const known = inventory.skus.map((sku) => ({ id: `itm_${sku}`, sku }))
  const meant = texts.map((text) => [text, known.filter(({ id, sku }) => id === text || sku === text)] as const)
  return new Map(meant.filter(([, items]) => items.length > 0))
}

const reading = async (message: { links?: { channelSku: string; item: string }[]; allBySku?: boolean }) => {
  const account = await getAccount(stage.db, accountId('UK'))
  const asked = { message: { links: [], allBySku: false, ...message }, signal: AbortSignal.timeout(30_000) }
  return readLinks({ db: stage.db, findItems }, account, asked)
}

test('[S002-34] [S003-29] all by SKU: unlinked listings whose SKU is an item’s byte for byte, and no others', async () => {
  await givenListings(stage.db, [
    ...['CUP', 'jug', 'POT ', 'NONE', 'itm_POT'].map((sku) => ({ sku, item: null })),
    { sku: 'LINKED', item: 'itm_OTHER' },
  ])
  Object.assign(inventory, { skus: ['CUP', 'JUG', 'POT', 'LINKED'] })

  expect(await reading({ allBySku: true })).toEqual({
    links: [{ channelSku: 'CUP', item: { id: 'itm_CUP', sku: 'CUP' } }],
    warnings: [],
  })
})

test('[S002-34] of many equal SKUs the first thousand are shown, and it is said that there are more', async () => {
  const skus = Array.from({ length: 1_300 }, (_, n) => `S${String(n).padStart(4, '0')}`)
  await givenListings(
    stage.db,
    skus.map((sku) => ({ sku, item: null })),
  )
  Object.assign(inventory, { skus, asked: 0 })

  const { links, warnings } = await reading({ allBySku: true })

  expect(links.map(({ channelSku }) => channelSku)).toEqual(skus.slice(0, 1_000))
  expect(warnings).toEqual([expect.stringContaining('there are more than 1,000')])
  expect(inventory.asked).toBe(2)
})

test('[S002-34] where no SKU is an item’s it says so, and what to do', async () => {
  await givenListings(stage.db, [{ sku: 'CUP', item: null }])
  Object.assign(inventory, { skus: [] })

  expect(await refusedWith(reading({ allBySku: true }))).toMatchObject({
    reason: 'FIELD_INVALID',
    field: 'links',
    message: 'no unlinked listing of TEST-UK has the SKU of an item',
    nextStep: expect.stringContaining('lockstep items import'),
  })
})

test('[S002-41] of many links every one that could not be made is named', async () => {
  await givenListings(stage.db, [
    { sku: 'CUP', item: null },
    { sku: 'JUG', item: null },
  ])
  Object.assign(inventory, { skus: ['CUP'] })

  const refusal = await reading({
    links: [
      { channelSku: 'CUP', item: 'CUP' },
      { channelSku: 'JUG', item: 'NOTHING' },
      { channelSku: 'cup', item: 'CUP' },
      { channelSku: 'POT', item: '' },
    ],
  }).catch((error: unknown) => error)

  expect(refusal).toMatchObject({
    reason: 'BULK_LINES_REFUSED',
    lines: [
      { index: 1, item: 'JUG', reason: 'ITEM_UNKNOWN', field: 'item', value: 'NOTHING' },
      { index: 2, item: 'cup', reason: 'LISTING_UNKNOWN', field: 'channel_sku' },
      { index: 3, item: 'POT', reason: 'LISTING_UNKNOWN' },
    ],
  })
})

test('[S002-22] a single link of an unknown item is refused by its own name', async () => {
  await givenListings(stage.db, [{ sku: 'CUP', item: null }])
  Object.assign(inventory, { skus: [] })

  expect(await refusedWith(reading({ links: [{ channelSku: 'CUP', item: 'MUG' }] }))).toMatchObject({
    reason: 'ITEM_UNKNOWN',
    field: 'item',
    value: 'MUG',
  })
})
