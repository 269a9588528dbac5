import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { sql } from 'kysely'

import { type ChangeStage, changeStage, refusedWith } from '../../test/change-stage.ts'
import { accountId, givenAccounts, givenListings, groupId } from '../../test/pipeline-fixtures.ts'
import { chosenPolicy } from '../commands/choose-policy.ts'
import { claimGroups } from '../commands/claim-groups.ts'
import { getAccount } from '../commands/get-account.ts'
import { explanationMessage } from '../rpc/explanation-message.ts'
import { listDisabledSiblings, listSkuConflicts } from '../store/diagnosis-facts.ts'
import { listRuleChanges } from '../store/rule-changes.ts'
import { stateFrom } from '../store/state-text.ts'
import { explainListing } from './explain-listing.ts'
import { listConflicts, listRemedies } from './list-conflicts.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('conflicts')
})
beforeEach(() => stage.clear())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

const all = { account: '', after: null, limit: 100 }
const policy = (to: 'lowest' | 'owner' | 'hold', owner: string | null = null) => ({
  kind: 'policy' as const,
  policy: to,
  ownerAccountId: owner,
})

/** One seller, three marketplaces with a location each: 10, 20 and 30 units of one item. */
async function givenThree(skuOf: (marketplace: string) => string): Promise<void> {
  const marketplaces = ['UK', 'DE', 'FR']
  await givenAccounts(
    stage.db,
    marketplaces.map((marketplace, n) => ({ marketplace, locations: [`loc_${n + 1}`] })),
  )
  await givenListings(
    stage.db,
    marketplaces.map((marketplace) => ({ sku: skuOf(marketplace), marketplace, item: 'itm_SKU123' })),
  )
  for (const [n, units] of [10, 20, 30].entries()) await stage.available('SKU123', units, `loc_${n + 1}`)
}

test('[S000-7] [S000-9] [S000-15] 10, 20 and 30 for one SKU: a conflict that waits before anything is sent; 10 by lowest, 30 when FR decides', async () => {
  await givenThree(() => 'SKU123')
  await stage.wanted()

  const { conflicts, total } = await listConflicts(stage.db, all)

  expect(total).toBe(1)
  expect(conflicts).toMatchObject([
    {
      channelSku: 'SKU123',
      kind: 'numbers',
      detail: 'TEST-UK 10, TEST-DE 20, TEST-FR 30',
      policy: 'lowest',
      number: 10,
      waits: true,
      members: [
        { accountName: 'TEST-UK', marketplace: 'UK', desired: 10, role: 'sends', reason: null },
        { accountName: 'TEST-DE', marketplace: 'DE', desired: 20, role: 'sends', reason: null },
        { accountName: 'TEST-FR', marketplace: 'FR', desired: 30, role: 'sends', reason: null },
      ],
    },
  ])

  const { conflicts: diagnosed } = await listSkuConflicts(stage.db, await getAccount(stage.db, accountId('UK')))
  expect(diagnosed).toMatchObject([{ channelSku: 'SKU123', detail: 'TEST-UK 10, TEST-DE 20, TEST-FR 30' }])
  const why = { account: accountId('UK'), channelSku: 'SKU123', at: undefined }
  const { group, steps } = explanationMessage(await explainListing(stage.db, why))
  expect(group?.conflict).toBe('TEST-UK 10, TEST-DE 20, TEST-FR 30')
  expect(steps.at(-1)).toMatchObject({
    step: 'group_policy',
    note: 'lowest: TEST-UK 10, TEST-DE 20, TEST-FR 30',
  })

  const shown = await stage.preview('UK', policy('owner', accountId('FR')))
  expect(shown.changes).toMatchObject([{ channelSku: 'SKU123', from: 10, to: 30 }])
  expect(shown.conflicts).toEqual(['SKU123: TEST-UK 10, TEST-DE 20, TEST-FR 30'])
  await stage.apply(shown.confirmation)
  expect(await stage.wanted()).toEqual({ SKU123: 30 })
  expect((await listConflicts(stage.db, all)).conflicts).toMatchObject([
    { policy: 'owner', ownerAccountId: 'acc_FR', number: 30, waits: false },
  ])
  await stage.undo('UK')
  expect(await stage.wanted()).toEqual({ SKU123: 10 })
})

test('[S000-15] the first number of a conflict is let go by confirming the policy that is in force', async () => {
  await givenThree(() => 'SKU123')
  await stage.wanted()
  const shown = await stage.preview('DE', policy('lowest'))
  expect(shown).toMatchObject({ changes: [], conflicts: ['SKU123: TEST-UK 10, TEST-DE 20, TEST-FR 30'] })

  await stage.apply(shown.confirmation)

  expect((await listConflicts(stage.db, all)).conflicts).toMatchObject([{ number: 10, waits: false }])
  // Who let it go is kept; it set nothing, so there is nothing to take back.
  const changesOf = () => listRuleChanges(stage.db, accountId('DE'), { before: null, limit: 10 })
  expect(await changesOf()).toMatchObject([{ change: policy('lowest'), inverse: policy('lowest'), actor: 'test' }])
  expect(await refusedWith(stage.undo('DE'))).toMatchObject({ reason: 'NOTHING_TO_UNDO' })
  await stage.apply((await stage.preview('DE', policy('lowest'))).confirmation)
  expect(await changesOf()).toHaveLength(1)
})

test('[S000-8] [S000-11] [S000-12] a SKU of its own in each marketplace: 10, 20 and 30, each on its own, and no conflict', async () => {
  await givenThree((marketplace) => `SKU123_${marketplace}`)

  expect(await stage.wanted()).toEqual({ SKU123_DE: 20, SKU123_FR: 30, SKU123_UK: 10 })
  expect(await listConflicts(stage.db, all)).toEqual({ conflicts: [], total: 0 })
})

test('[S000-10] the remedy names a SKU of its own and the item for each listing of the shared one', async () => {
  await givenThree(() => 'SKU123')
  await givenListings(stage.db, [{ sku: 'SKU123_DE', marketplace: 'DE', item: null }])
  await stage.wanted()

  const [shared] = await listRemedies(stage.db, { ...all, account: accountId('UK') })

  expect(shared?.remedies).toMatchObject([
    { accountName: 'TEST-UK', channelSku: 'SKU123', newChannelSku: 'SKU123_UK', itemSku: 'itm_SKU123', note: '' },
    { accountName: 'TEST-DE', newChannelSku: 'SKU123_DE', note: expect.stringContaining('listed already') },
    { accountName: 'TEST-FR', newChannelSku: 'SKU123_FR', note: '' },
  ])
})

test('[S000-14] the same SKU at another seller shares nothing, so it is no conflict', async () => {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }])
  await givenListings(stage.db, [{ sku: 'SKU123' }])
  await stage.available('SKU123', 10)
  await sql`
    insert into connection (id, seller_id, region, application) values ('con_2', 'A2OTHER', 'EU', 'app_1')`.execute(
    stage.db,
  )
  await sql`
    insert into account (id, name, connection_id, marketplace, marketplace_id, update_inventory, max_listed)
    values ('acc_other', 'OTHER-UK', 'con_2', 'UK', 'A1F83G8C2ARO7P', true, 3)`.execute(stage.db)
  await sql`insert into account_location (account_id, location_id) values ('acc_other', 'loc_1')`.execute(stage.db)
  await sql`
    insert into account_orders (account_id, connection_id, went_live_at) values ('acc_other', 'con_2', now())`.execute(
    stage.db,
  )
  await sql`insert into sku_group (id, connection_id, channel_sku) values ('grp_other', 'con_2', 'SKU123')`.execute(
    stage.db,
  )
  await sql`
    insert into listing (id, account_id, group_id, marketplace_id, channel_sku, item_id, item_sku, linked_at)
    values ('lst_other', 'acc_other', 'grp_other', 'A1F83G8C2ARO7P', 'SKU123', 'itm_SKU123', 'SKU123', now())`.execute(
    stage.db,
  )
  await sql`
    insert into group_state (group_id, connection_id, channel_sku, recompute_at, recompute_cause)
    values ('grp_other', 'con_2', 'SKU123', now(), '{"kind":"linked","reference":"","actor":"","note":""}')`.execute(
    stage.db,
  )
  await stage.wanted()

  const { rows } = await sql`select group_id, desired_quantity from group_state order by group_id`.execute(stage.db)
  expect(rows).toEqual([
    { group_id: 'grp_SKU123', desired_quantity: 10 },
    { group_id: 'grp_other', desired_quantity: 3 },
  ])
  expect((await listConflicts(stage.db, all)).total).toBe(0)
})

test('under hold a raise is kept back while they disagree, and a lower number is not', async () => {
  await givenThree(() => 'SKU123')
  await stage.wanted()
  await liveIs(12)
  const shown = await stage.preview('UK', policy('hold'))
  await stage.apply(shown.confirmation)
  expect(await stage.wanted()).toEqual({ SKU123: 10 })

  await stage.available('SKU123', 15, 'loc_1')
  expect(await stage.wanted()).toEqual({ SKU123: 12 })
  expect((await listConflicts(stage.db, all)).conflicts).toMatchObject([{ policy: 'hold', withheld: true, number: 12 }])

  await stage.available('SKU123', 0, 'loc_1')
  expect(await stage.wanted()).toEqual({ SKU123: 0 })
})

/** Amazon was read a moment ago, and held this. */
async function liveIs(quantity: number): Promise<void> {
  const now = Date.now()
  const live = JSON.stringify({ live: { quantity, leadTimeDays: null, readAt: now, receivedAt: now } })
  await sql`
    update group_state set pacing = (pacing::jsonb || ${live}::jsonb)::text, live_quantity = ${quantity}`.execute(
    stage.db,
  )
}

test('[S000-15] a listing linked to another item than its siblings is a conflict of its own and gets the lowest, whoever decides', async () => {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }, { marketplace: 'DE' }])
  await givenListings(stage.db, [
    { sku: 'MIXED', item: 'itm_ONE' },
    { sku: 'MIXED', marketplace: 'DE', item: 'itm_TWO' },
  ])
  await sql`update listing set item_sku = case item_id when 'itm_ONE' then 'CUP' else 'JUG' end`.execute(stage.db)
  await stage.available('ONE', 8)
  await stage.available('TWO', 3)
  await stage.wanted()
  const shown = await stage.preview('UK', policy('owner', accountId('UK')))
  await stage.apply(shown.confirmation)

  expect(await stage.wanted()).toEqual({ MIXED: 3 })
  const { conflicts } = await listConflicts(stage.db, all)
  const detail = 'one SKU, different items: TEST-UK CUP, TEST-DE JUG'
  expect(shown.conflicts).toEqual([`MIXED: ${detail}`])
  expect(conflicts).toMatchObject([
    { kind: 'items', number: 3, detail, members: [{ itemId: 'itm_ONE', itemSku: 'CUP' }, { itemSku: 'JUG' }] },
  ])
})

test('a sibling that is off is shown and is a finding: it sells from the same quantity', async () => {
  await givenThree(() => 'SKU123')
  for (const marketplace of ['DE', 'FR']) {
    const shown = await stage.preview(marketplace, { kind: 'settings', change: { enabled: false } })
    await stage.apply(shown.confirmation)
  }
  await stage.wanted()

  const { conflicts } = await listConflicts(stage.db, { ...all, account: accountId('UK') })
  const off = await listDisabledSiblings(stage.db, await getAccount(stage.db, accountId('UK')))

  expect(conflicts).toMatchObject([
    {
      kind: 'disabled_sibling',
      detail: expect.stringContaining('TEST-DE, TEST-FR is off'),
      number: 10,
      members: [
        { marketplace: 'UK', role: 'sends' },
        { marketplace: 'DE', role: 'follows', reason: 'account_enabled' },
        { marketplace: 'FR', role: 'follows', reason: 'account_enabled' },
      ],
    },
  ])
  expect(off).toMatchObject({ count: 1, siblings: [{ channelSku: 'SKU123', accounts: ['TEST-DE', 'TEST-FR'] }] })
  await sql`update listing set active = false where account_id <> 'acc_UK'`.execute(stage.db)
  expect((await listConflicts(stage.db, all)).total).toBe(0)
})

test('[S000-3] three accounts, one write: the group is claimed once and names the marketplace of the one that decides', async () => {
  await givenThree(() => 'SKU123')
  await stage.wanted()
  const shown = await stage.preview('UK', policy('owner', accountId('FR')))
  await stage.apply(shown.confirmation)
  await stage.wanted()

  const wish = { connectionId: 'con_1', token: 't', kind: 'writes' as const, turn: 1, skewMs: 0 }
  const work = await claimGroups(stage.deps, { ...wish, limit: { zeros: 10, others: 10 } })

  expect(work.claimed).toBe(1)
  expect(work.reads).toMatchObject([{ groupId: groupId('SKU123') }])
  const { pacing } = await stage.db.selectFrom('group_state').select('pacing').executeTakeFirstOrThrow()
  const { inputs } = stateFrom(pacing)
  expect(inputs).toMatchObject({ policy: 'owner', ownerAccountId: 'acc_FR' })
})

test('a policy that is none, an owner of another seller, and an owner beside another policy are refused by name', async () => {
  await givenThree(() => 'SKU123')
  const account = await getAccount(stage.db, accountId('UK'))
  const choose = (given: { policy: string; owner: string }) => refusedWith(chosenPolicy(stage.db, account, given))

  expect(await choose({ policy: 'highest', owner: '' })).toMatchObject({ reason: 'FIELD_INVALID', field: 'policy' })
  expect(await choose({ policy: 'owner', owner: '' })).toMatchObject({
    field: 'owner',
    candidates: expect.arrayContaining(['TEST-FR']),
  })
  expect(await choose({ policy: 'owner', owner: 'acc_other' })).toMatchObject({ field: 'owner' })
  expect(await choose({ policy: 'lowest', owner: 'TEST-UK' })).toMatchObject({ field: 'owner' })
  expect(await chosenPolicy(stage.db, account, { policy: 'owner', owner: 'TEST-FR' })).toEqual({
    policy: 'owner',
    ownerAccountId: 'acc_FR',
  })
})
