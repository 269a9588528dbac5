import { expect, test } from '@jest/globals'

import { changedValues, isSameChange, type RuleChange } from './rule-change.ts'

test('a change is the same in whatever order its fields and lines come, and another with another value', () => {
  const one: RuleChange = {
    kind: 'rules',
    rules: [
      { channelSku: 'A', change: { maxListed: 1, endWhen: null } },
      { channelSku: 'B', change: { ignoreSync: true } },
    ],
  }
  const turned: RuleChange = {
    kind: 'rules',
    rules: [
      { channelSku: 'B', change: { ignoreSync: true } },
      { channelSku: 'A', change: { endWhen: null, maxListed: 1 } },
    ],
  }

  expect(isSameChange(one, turned)).toBe(true)
  expect(isSameChange(one, { ...one, rules: one.rules.slice(0, 1) })).toBe(false)
  expect(isSameChange(turned, { ...turned, rules: [{ channelSku: 'A', change: { endWhen: 0, maxListed: 1 } }] })).toBe(
    false,
  )
})

test.each<[RuleChange, RuleChange, object[]]>([
  [
    { kind: 'settings', change: { maxListed: 5, enabled: false } },
    { kind: 'settings', change: { maxListed: null, enabled: true } },
    [
      { channelSku: null, name: 'max_listed', from: null, to: '5' },
      { channelSku: null, name: 'enabled', from: 'true', to: 'false' },
    ],
  ],
  [
    { kind: 'locations', locationIds: ['loc_2', 'loc_1'], orderLocationId: 'loc_2' },
    { kind: 'locations', locationIds: [], orderLocationId: null },
    [
      { channelSku: null, name: 'locations', from: '', to: 'loc_1, loc_2' },
      { channelSku: null, name: 'order_location', from: null, to: 'loc_2' },
    ],
  ],
  [
    { kind: 'links', links: [{ channelSku: 'A', item: null }] },
    { kind: 'links', links: [{ channelSku: 'A', item: { id: 'itm_1', sku: 'CUP' } }] },
    [{ channelSku: 'A', name: 'item', from: 'CUP', to: null }],
  ],
  [
    { kind: 'policy', policy: 'owner', ownerAccountId: 'acc_1' },
    { kind: 'policy', policy: 'lowest', ownerAccountId: null },
    [
      { channelSku: null, name: 'policy', from: 'lowest', to: 'owner' },
      { channelSku: null, name: 'owner', from: null, to: 'acc_1' },
    ],
  ],
])('every value that %j sets is named beside the one before', (change, inverse, values) => {
  expect(changedValues(change, inverse)).toEqual(values)
})
