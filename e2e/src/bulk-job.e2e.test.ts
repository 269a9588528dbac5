import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { marketplaces } from '@lockstep/local-stack/scenario'
import { eventually } from '@lockstep/testkit/eventually'

import { addAccount, list, run } from './stage/accounts.ts'
import { expectRefusal } from './stage/answers.ts'
import { openStage, type Stage } from './stage/open-stage.ts'

const sellerId = 'A1BULKJOB01'
const account = 'BULK'
const skus = ['B-1', 'B-2', 'B/3 +']

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ simulator: { propagationMs: 50, reportMs: 100 } })
  for (const sku of skus) await list(stage, { sellerId, sku, quantity: 1, title: `Old ${sku}` })
  await addAccount(stage, { sellerId, name: account })
  await eventually(async () => expect(await run(stage, 'mapping', 'list', account)).toMatchObject({ active: 3 }))
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

function givenFile(name: string, text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'lockstep-bulk-')), name)
  writeFileSync(path, text)
  return path
}

test('a file with a bad line changes nothing, names the line and leaves no job', async () => {
  const file = givenFile('bad.csv', 'sku,title\nB-1,New\nNO-SUCH,New\n')

  const refused = await stage.lockstep('feeds', 'submit', account, file)

  expectRefusal(refused, { code: 'BULK_LINES_REFUSED', value: '1' })
  expect(await run(stage, 'feeds', 'list', account)).toMatchObject({ jobs: [] })
})

test('titles and prices of a file reach Amazon, and the job says so', async () => {
  const file = givenFile(
    'changes.csv',
    '\uFEFFsku,title,price,currency\r\nB-1,"New, one",12.50,GBP\r\nB-2,New two,,\r\nB/3 +,,0.99,GBP\r\n',
  )

  const { job } = (await run(stage, 'feeds', 'submit', account, file)) as { job: { id: string } }

  await eventually(async () => {
    expect(await run(stage, 'feeds', 'show', job.id)).toMatchObject({ job: { state: 'done', accepted: 3 } })
  })
  const offers = await Promise.all(skus.map(async (sku) => (await stage.sim.listing(sellerId, sku)).offers))
  const uk = offers.map((inAll) => inAll.find(({ marketplaceId }) => marketplaceId === marketplaces.UK.id))
  expect(uk.map((offer) => [offer?.title, offer?.price?.amount])).toEqual([
    ['New, one', '12.50'],
    ['New two', '9.99'],
    ['Old B/3 +', '0.99'],
  ])
})
