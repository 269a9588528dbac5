import { expect, test } from '@jest/globals'
import { closedGates } from '@lockstep/pacing/quantity-rules'

import { groupInputs, type MemberFacts } from './member-inputs.ts'

const unset = { maxListed: null, stockPercentage: null, endWhen: null, leadTimeDays: null }

function aMember(more: Partial<MemberFacts> = {}): MemberFacts {
  return {
    listingId: 'lst_1',
    groupId: 'grp_1',
    policy: 'lowest',
    ownerAccountId: null,
    accountId: 'acc_1',
    accountName: 'SHOP-UK',
    marketplaceId: 'UK',
    asin: 'B0',
    title: 'A thing',
    active: true,
    fba: false,
    ignoreSync: false,
    itemId: 'itm_1',
    enabled: true,
    updateInventory: true,
    paused: 'no',
    wentLive: true,
    channelSpecificStock: true,
    productLeadTimes: false,
    productLeadTimeDays: null,
    own: unset,
    account: unset,
    locations: [{ id: 'loc_1', name: 'Default', kind: 'own', available: 5, version: 1 }],
    ...more,
  }
}

const closedOf = (more: Partial<MemberFacts>) => {
  const [member] = groupInputs([aMember(more)]).members
  return member ? closedGates(member) : []
}
const unknown = { id: 'loc_2', name: 'Second', kind: 'own' as const, available: null, version: 0 }
const unknownFba = { id: 'loc_3', name: 'FBA', kind: 'fba' as const, available: null, version: 0 }

test.each<[Partial<MemberFacts>, string[]]>([
  [{}, []],
  [{ enabled: false }, ['account_enabled']],
  [{ updateInventory: false }, ['update_inventory']],
  [{ itemId: null }, ['linked']],
  [{ fba: true }, ['not_fba']],
  [{ ignoreSync: true }, ['not_ignored']],
  [{ locations: [] }, ['locations_mapped']],
  [{ locations: [unknown] }, ['stock_known']],
  [{ wentLive: false }, ['orders_current']],
  [{ paused: 'soft' }, ['not_paused']],
  [
    { enabled: false, updateInventory: false, wentLive: false },
    ['account_enabled', 'update_inventory', 'orders_current'],
  ],
])('[S001-5] %j closes %j', (more, gates) => {
  expect(closedOf(more)).toEqual(gates)
})

test("Amazon's own stock need not be known while it is left out of the sum", () => {
  const locations = [...aMember().locations, unknownFba]

  expect(closedOf({ locations })).toEqual([])
  expect(closedOf({ locations, channelSpecificStock: false })).toEqual(['stock_known'])
})

test('every closed gate says what to do', () => {
  const [member] = groupInputs([
    aMember({ enabled: false, updateInventory: false, itemId: null, locations: [], wentLive: false, paused: 'hard' }),
  ]).members

  for (const { detail } of member?.gates ?? []) expect(detail).not.toBe('')
  expect(member?.gates.find(({ gate }) => gate === 'not_paused')).toMatchObject({ zerosPass: false })
})

test("a listing's value beats its account's, which beats the default", () => {
  const [member] = groupInputs([
    aMember({ own: { ...unset, maxListed: 0 }, account: { ...unset, maxListed: 9, endWhen: 2 } }),
  ]).members

  expect(member?.settings).toMatchObject({
    maxListed: { value: 0, from: 'listing' },
    endWhen: { value: 2, from: 'account' },
    stockPercentage: { value: 100, from: 'default' },
    leadTimeDays: { value: null, from: 'default' },
  })
})

test('a refusal lasts until what Amazon knows of the product changes, not until stock does', () => {
  const before = groupInputs([aMember()]).dataVersion

  expect(groupInputs([aMember({ locations: [unknown] })]).dataVersion).toBe(before)
  expect(groupInputs([aMember({ title: 'Another' })]).dataVersion).not.toBe(before)
})
