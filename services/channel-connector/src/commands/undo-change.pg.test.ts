import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'

import { type ChangeStage, changeStage, refusedWith } from '../../test/change-stage.ts'
import { accountId, givenAccounts, givenListings } from '../../test/pipeline-fixtures.ts'
import type { RuleChange } from '../domain/rule-change.ts'
import { listRuleChanges } from '../store/rule-changes.ts'
import { getAccount } from './get-account.ts'
import { previewUndo } from './preview-undo.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('undo')
})
beforeEach(() => stage.clear())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

async function givenShared(): Promise<void> {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }, { marketplace: 'DE' }])
  await givenListings(stage.db, [{ sku: 'A' }, { sku: 'B' }, { sku: 'B', marketplace: 'DE' }])
  for (const sku of ['A', 'B']) await stage.available(sku, 9)
}

async function made(change: Extract<RuleChange, { kind: 'settings' }>['change'], actor: string): Promise<string> {
  const { confirmation } = await stage.preview('UK', { kind: 'settings', change })
  return (await stage.apply(confirmation, { actor })).changeId
}

const shown = () => previewUndo(stage.deps, { account: accountId('UK'), known: stage.known })

test('[S004-33] an undo is shown first: who set what, and which listings go from what to what; nothing is changed', async () => {
  await givenShared()
  const id = await made({ maxListed: 3 }, 'ann')
  const before = await stage.wanted()

  const { undone, preview } = await shown()

  expect(undone).toMatchObject({ id, actor: 'ann', at: expect.any(Date) })
  expect(preview.values).toEqual([{ channelSku: null, name: 'max_listed', from: '3', to: null }])
  expect(preview.changes.map(({ channelSku, from, to }) => [channelSku, from, to])).toEqual([
    ['A', 3, 9],
    ['B', 3, 9],
  ])
  expect(await stage.wanted()).toEqual(before)
  expect(await listRuleChanges(stage.db, accountId('UK'), { before: null, limit: 10 })).toMatchObject([
    { id, undoneBy: null },
  ])

  await stage.undo('UK', { change: id })
  expect(await stage.wanted()).toEqual({ A: 9, B: 9 })
})

test('[S004-33] an undo right after an undo is refused until the change is named, and says which one that is', async () => {
  await givenShared()
  const first = await made({ maxListed: 8 }, 'ben')
  const second = await made({ maxListed: 3 }, 'ann')
  await stage.undo('UK')

  expect(await refusedWith(stage.undo('UK'))).toMatchObject({
    reason: 'CONFIRMATION_NEEDED',
    field: 'change',
    message: expect.stringMatching(new RegExp(`it took ${second} back.*${first} by ben at .*max_listed none → 8`)),
    nextStep: expect.stringContaining(`lockstep changes undo TEST-UK ${first}`),
  })
  expect(await refusedWith(stage.undo('UK', { change: second }))).toMatchObject({
    reason: 'NOTHING_TO_UNDO',
    value: second,
  })
  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({ maxListed: 8 })

  expect(await stage.undo('UK', { change: first })).toMatchObject({
    undone: { id: first },
    account: { maxListed: null },
  })
})

test('[S004-33] a change shows the sibling accounts whose listings get the number of the shared SKU, and conflicts name them', async () => {
  await givenShared()

  const { changes, conflicts } = await stage.preview('UK', { kind: 'settings', change: { maxListed: 3 } })

  expect(changes.map(({ channelSku, accounts }) => [channelSku, accounts])).toEqual([
    ['A', ['TEST-UK']],
    ['B', ['TEST-UK', 'TEST-DE']],
  ])
  expect(conflicts).toEqual(['B: TEST-UK 3, TEST-DE 9'])
})

test('[S004-33] a stale confirmation names the command that shows the change again, and the way past moved stock', async () => {
  await givenShared()
  const { confirmation } = await stage.preview('UK', {
    kind: 'rules',
    rules: [{ channelSku: 'A', change: { stockPercentage: 50 } }],
  })
  await stage.available('A', 6)

  expect(await refusedWith(stage.apply(confirmation))).toMatchObject({
    reason: 'CONFIRMATION_STALE',
    message: expect.stringContaining('stock has moved'),
    nextStep: `look again: lockstep mapping rules TEST-UK A --stock-percentage 50 --dry-run; or do it although stock has moved: lockstep changes apply ${confirmation} --allow-stock-moves`,
  })
  expect(await stage.apply(confirmation, { allowStockMoves: true })).toMatchObject({ listings: 1 })
})
