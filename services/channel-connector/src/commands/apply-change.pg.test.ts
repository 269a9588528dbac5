import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'

import { type ChangeStage, changeStage, refusedWith } from '../../test/change-stage.ts'
import { accountId, givenAccounts, givenListings } from '../../test/pipeline-fixtures.ts'
import type { RuleChange } from '../domain/rule-change.ts'
import { listRuleChanges } from '../store/rule-changes.ts'
import { claimGroups } from './claim-groups.ts'
import { getAccount } from './get-account.ts'
import { updateAccountSettings } from './update-account-settings.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('changes')
})
beforeEach(() => stage.clear())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

const settings = (change: Extract<RuleChange, { kind: 'settings' }>['change']): RuleChange => ({
  kind: 'settings',
  change,
})
const half = settings({ stockPercentage: 50 })

/** Ten SKUs in the UK at 10 units each, one of them at 1. */
async function givenTen(): Promise<void> {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }])
  await givenListings(
    stage.db,
    Array.from({ length: 10 }, (_, n) => ({ sku: `S${n}` })),
  )
  for (let n = 0; n < 10; n += 1) await stage.available(`S${n}`, n === 0 ? 1 : 10)
}

const linesOf = ({ changes }: Awaited<ReturnType<ChangeStage['preview']>>) =>
  changes.map(({ channelSku, from, to, gate }) => [channelSku, from, to, gate])

test('[S004-38] a change of Stock Percentage is shown listing by listing, zeros first, and changes nothing; applying does exactly that', async () => {
  await givenTen()
  const before = await stage.wanted()

  const shown = await stage.preview('UK', half)

  expect(linesOf(shown).slice(0, 3)).toEqual([
    ['S0', 1, 0, null],
    ['S1', 10, 5, null],
    ['S2', 10, 5, null],
  ])
  expect(shown).toMatchObject({ writes: 10, zeros: 1, stops: 0, unchanged: 0, gated: 0, zerosConfirmation: null })
  expect(shown.durationSeconds).toBeCloseTo(1)
  expect(shown.values).toEqual([{ channelSku: null, name: 'stock_percentage', from: null, to: '50' }])
  expect(await stage.wanted()).toEqual(before)

  expect(await stage.apply(shown.confirmation)).toMatchObject({ listings: 10, account: { stockPercentage: 50 } })

  const after = await stage.wanted()
  expect(after).toEqual(Object.fromEntries(shown.changes.map(({ channelSku, to }) => [channelSku, to])))
})

test.each<[string, RuleChange, Record<string, number | null>]>([
  ['[S004-37] Max Listed', settings({ maxListed: 3 }), { A: 3, B: 1 }],
  ['[S004-37] Max Listed 0', settings({ maxListed: 0 }), { A: 0, B: 0 }],
  ['[S004-39] End When', settings({ endWhen: 1 }), { A: 8, B: 0 }],
  ['[S004-38] Stock Percentage 0', settings({ stockPercentage: 0 }), { A: 0, B: 0 }],
  ['[S001-2] an account switched off', settings({ enabled: false }), { A: null, B: null }],
  ['[S004-33] Update inventory off', settings({ updateInventory: false }), { A: null, B: null }],
  [
    '[S001-1] [S004-35] another location',
    { kind: 'locations', locationIds: ['loc_2'], orderLocationId: 'loc_2' },
    { A: 2, B: 5 },
  ],
  [
    '[S004-34] one more location',
    { kind: 'locations', locationIds: ['loc_1', 'loc_2'], orderLocationId: 'loc_1' },
    { A: 10, B: 6 },
  ],
  ['[S001-3] a link taken away', { kind: 'links', links: [{ channelSku: 'A', item: null }] }, { A: null, B: 1 }],
  [
    '[S002-46] a link to another item',
    { kind: 'links', links: [{ channelSku: 'A', item: { id: 'itm_B', sku: 'B' } }] },
    { A: 1, B: 1 },
  ],
  [
    '[S002-17] Ignore Sync',
    { kind: 'rules', rules: [{ channelSku: 'B', change: { ignoreSync: true } }] },
    { A: 8, B: null },
  ],
  [
    'rules of one listing',
    { kind: 'rules', rules: [{ channelSku: 'A', change: { maxListed: 2, endWhen: null } }] },
    { A: 2, B: 1 },
  ],
])('%s: what is shown is what is wanted afterwards, and undoing puts it back', async (_, change, expected) => {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }, { marketplace: 'DE', locations: ['loc_2'] }])
  await givenListings(stage.db, [{ sku: 'A' }, { sku: 'B' }])
  for (const [sku, units, location] of [
    ['A', 8, 'loc_1'],
    ['B', 1, 'loc_1'],
    ['A', 2, 'loc_2'],
    ['B', 5, 'loc_2'],
  ] as const) {
    await stage.available(sku, units, location)
  }
  const before = await stage.wanted()
  const shown = await stage.preview('UK', change)
  const promised = {
    ...before,
    ...Object.fromEntries(shown.changes.map(({ channelSku, to }) => [channelSku, to ?? null])),
  }

  const { zerosConfirmation } = shown
  await stage.apply(shown.confirmation, { zerosConfirmation: zerosConfirmation ?? '' })

  expect(await stage.wanted()).toEqual(expected)
  expect(promised).toEqual(expected)
  if (change.kind === 'settings' && change.change.updateInventory === false) return
  await stage.undo('UK')
  expect(await stage.wanted()).toEqual(before)
})

test('applying is refused when stock moved so that another number would go out, and nothing is half done', async () => {
  await givenTen()
  const shown = await stage.preview('UK', half)
  await stage.available('S3', 30)

  const refused = await refusedWith(stage.apply(shown.confirmation))

  expect(refused).toMatchObject({ reason: 'CONFIRMATION_STALE', field: 'confirmation' })
  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({ stockPercentage: null, settingsVersion: 1 })
  expect(await stage.wanted()).toMatchObject({ S3: 30 })
})

test('stock may move if that is said, as long as no other listing ends', async () => {
  await givenTen()
  const shown = await stage.preview('UK', half)
  await stage.available('S3', 30)
  await stage.available('S4', 1)
  expect(await refusedWith(stage.apply(shown.confirmation, { allowStockMoves: true }))).toMatchObject({
    reason: 'CONFIRMATION_STALE',
    message: expect.stringContaining('ended or stopped'),
  })

  await stage.available('S4', 12)
  await stage.apply(shown.confirmation, { allowStockMoves: true })

  expect(await stage.wanted()).toMatchObject({ S0: 0, S3: 15, S4: 6 })
})

test('a listing that the change does not touch may move as it likes', async () => {
  await givenTen()
  const shown = await stage.preview('UK', { kind: 'rules', rules: [{ channelSku: 'S1', change: { maxListed: 2 } }] })
  await stage.available('S3', 30)

  await stage.apply(shown.confirmation)

  expect(await stage.wanted()).toMatchObject({ S1: 2, S3: 30 })
})

test('two people who change the same setting: the second is refused, with what is there now; another setting is no matter', async () => {
  await givenTen()
  const mine = await stage.preview('UK', half)
  const theirs = await stage.preview('UK', settings({ stockPercentage: 80 }))
  await stage.apply(theirs.confirmation, { actor: 'somebody' })

  expect(await refusedWith(stage.apply(mine.confirmation))).toMatchObject({
    reason: 'SETTINGS_MOVED_ON',
    message: expect.stringContaining('stock_percentage is 80 by now, not none'),
  })
  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({ stockPercentage: 80 })
})

test('two people who edit the settings of an account by version: the second is refused and nothing of it is done', async () => {
  await givenTen()
  const command = {
    account: accountId('UK'),
    confirmation: '',
    zerosConfirmation: '',
    actor: 'test',
    expectedVersion: 1,
  }
  const update = (change: { maxListed?: number; endWhen?: number }) =>
    stage.db.transaction().execute((tx) => updateAccountSettings(tx, stage.deps, { ...command, change }))
  const first = await update({ maxListed: 5 })

  expect(first.settingsVersion).toBe(2)
  expect(await refusedWith(update({ maxListed: 9, endWhen: 2 }))).toMatchObject({
    reason: 'SETTINGS_MOVED_ON',
    field: 'expected_version',
    message: expect.stringContaining('version 2'),
  })
  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({ maxListed: 5, endWhen: null })
})

test('more than the share going to 0 needs a second confirmation, and then none of the zeros is held', async () => {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }])
  const skus = Array.from({ length: 60 }, (_, n) => `Z${n}`)
  await givenListings(
    stage.db,
    skus.map((sku) => ({ sku })),
  )
  for (const sku of skus) await stage.available(sku, 5)
  const shown = await stage.preview('UK', settings({ maxListed: 0 }))
  expect(shown).toMatchObject({ zeros: 60, zerosConfirmation: expect.stringMatching(/^zeros-60-/) })

  expect(await refusedWith(stage.apply(shown.confirmation))).toMatchObject({
    reason: 'ZEROS_CONFIRMATION_NEEDED',
    message: expect.stringContaining(
      `60 listings would be sent to 0; their confirmation is ${shown.zerosConfirmation}`,
    ),
  })
  await stage.apply(shown.confirmation, { zerosConfirmation: shown.zerosConfirmation ?? '' })
  await stage.wanted()

  const wish = { connectionId: 'con_1', token: 't', kind: 'writes' as const, turn: 1, skewMs: 0 }
  await claimGroups(stage.deps, { ...wish, limit: { zeros: 100, others: 10 } })
  const held = await stage.db.selectFrom('mass_zero').select('group_id').execute()
  expect(held).toEqual([])
})

test('an old or foreign confirmation makes nothing', async () => {
  await givenTen()
  const shown = await stage.preview('UK', half)
  await stage.db
    .updateTable('dry_run')
    .set({ at: new Date(Date.now() - 16 * 60_000).toISOString() })
    .execute()

  expect(await refusedWith(stage.apply(shown.confirmation))).toMatchObject({
    reason: 'CONFIRMATION_STALE',
    message: `"${shown.confirmation}" was shown more than 15 minutes ago`,
    field: 'confirmation',
    nextStep: 'look again: lockstep accounts settings TEST-UK --stock-percentage 50 --dry-run',
  })
  expect(await refusedWith(stage.apply('dry-none'))).toMatchObject({
    reason: 'CONFIRMATION_STALE',
    message: expect.stringContaining('no confirmation of a dry run'),
  })
  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({ stockPercentage: null })
})

test('applying what is so already makes nothing and keeps nothing, and the change before it is the one that is taken back', async () => {
  await givenTen()
  const first = await stage.apply((await stage.preview('UK', settings({ maxListed: 4 }))).confirmation)
  await stage.wanted()
  const again = await stage.preview('UK', settings({ maxListed: 4 }))

  const made = await stage.apply(again.confirmation)

  expect(again).toMatchObject({ changes: [], values: [{ from: '4', to: '4' }] })
  expect(made).toMatchObject({ changeId: '', listings: 0, account: { maxListed: 4 } })
  expect(await listRuleChanges(stage.db, accountId('UK'), { before: null, limit: 10 })).toMatchObject([
    { id: first.changeId },
  ])
  expect((await stage.undo('UK')).undone.id).toBe(first.changeId)
})

test('a shared SKU counts all its listings: in what goes to 0, in the share of each account, and in what was changed', async () => {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }, { marketplace: 'DE' }])
  const alone = Array.from({ length: 19 }, (_, n) => ({ sku: `S${n}` }))
  await givenListings(stage.db, [...alone, { sku: 'SHARED' }, { sku: 'SHARED', marketplace: 'DE' }])
  for (const { sku } of [...alone, { sku: 'SHARED' }]) await stage.available(sku, 5)
  await stage.wanted()
  const rule = { channelSku: 'SHARED', change: { maxListed: 0 } }

  const shown = await stage.preview('UK', { kind: 'rules', rules: [rule] })

  // One of twenty in the UK is few; it is the only one in DE.
  expect(shown).toMatchObject({ writes: 1, zeros: 2, zerosConfirmation: expect.stringMatching(/^zeros-2-/) })
  const { zerosConfirmation } = shown
  const applied = await stage.apply(shown.confirmation, { zerosConfirmation: zerosConfirmation ?? '' })
  expect(applied.listings).toBe(2)
})

test('a mapped location that inventory removed since is refused, and the mapping stays', async () => {
  await givenTen()
  await givenAccounts(stage.db, [{ marketplace: 'DE', locations: ['loc_2'] }])
  const shown = await stage.preview('UK', {
    kind: 'locations',
    locationIds: ['loc_1', 'loc_2'],
    orderLocationId: 'loc_1',
  })
  stage.known = stage.known.filter(({ id }) => id !== 'loc_2')

  expect(await refusedWith(stage.apply(shown.confirmation))).toMatchObject({
    reason: 'LOCATION_UNKNOWN',
    message: 'there is no location "loc_2" any more',
  })
  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({ locationIds: ['loc_1'] })
})

test('a listing that the account does not have is refused before anything is shown', async () => {
  await givenTen()

  const refused = refusedWith(
    stage.preview('UK', { kind: 'rules', rules: [{ channelSku: 's1', change: { maxListed: 1 } }] }),
  )

  expect(await refused).toMatchObject({
    reason: 'LISTING_UNKNOWN',
    message: expect.stringContaining('"S1" differs only in letter case'),
  })
})

test('the last change is taken back once; one that somebody changed since is refused, and each stands in the list', async () => {
  await givenTen()
  const shown = await stage.preview('UK', half)
  const made = await stage.apply(shown.confirmation, { actor: 'ann' })
  await stage.db.updateTable('account').set({ stock_percentage: 60 }).execute()
  expect(await refusedWith(stage.undo('UK'))).toMatchObject({ reason: 'SETTINGS_MOVED_ON' })
  await stage.db.updateTable('account').set({ stock_percentage: 50 }).execute()

  const undone = await stage.undo('UK')

  expect(undone.undone).toMatchObject({ id: made.changeId, actor: 'ann', change: half, at: expect.any(Date) })
  expect(undone.account.stockPercentage).toBeNull()
  expect(await refusedWith(stage.undo('UK'))).toMatchObject({ reason: 'NOTHING_TO_UNDO' })
  const changes = await listRuleChanges(stage.db, accountId('UK'), { before: null, limit: 10 })
  expect(changes).toMatchObject([
    { id: undone.changeId, undoes: made.changeId, actor: 'test' },
    { id: made.changeId, undoneBy: undone.changeId, actor: 'ann', change: half },
  ])
})

test('taking back what would send many listings to 0 names them first', async () => {
  await givenTen()
  await stage.db.updateTable('account').set({ max_listed: 0 }).execute()
  const shown = await stage.preview('UK', settings({ maxListed: null }))
  await stage.apply(shown.confirmation)

  const refused = await refusedWith(stage.undo('UK'))

  expect(refused).toMatchObject({ reason: 'ZEROS_CONFIRMATION_NEEDED' })
  const [confirmation = ''] = /zeros-10-\w+/.exec(refused.message ?? '') ?? []
  await stage.undo('UK', { zerosConfirmation: confirmation })
  expect(await stage.wanted()).toMatchObject({ S0: 0, S9: 0 })
})
