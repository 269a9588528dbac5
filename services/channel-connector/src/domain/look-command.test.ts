import { expect, test } from '@jest/globals'

import { lookCommand } from './look-command.ts'
import type { RuleChange } from './rule-change.ts'

const settings = (change: Extract<RuleChange, { kind: 'settings' }>['change']): RuleChange => ({
  kind: 'settings',
  change,
})
const links = (item: { id: string; sku: string } | null): RuleChange => ({
  kind: 'links',
  links: [{ channelSku: "it's 1", item }],
})

test.each<[RuleChange, string]>([
  [settings({ updateInventory: true }), 'sync dry-run UK'],
  [
    settings({ defaultLeadTimeDays: 3, maxListed: null, channelSpecificStock: false }),
    'accounts settings UK --lead-time 3 --max-listed none --channel-specific-stock off --dry-run',
  ],
  [
    { kind: 'locations', locationIds: ['loc_1', 'loc_2'], orderLocationId: 'loc_2' },
    'locations map UK loc_1 loc_2 --orders loc_2 --dry-run',
  ],
  [links({ id: 'itm_1', sku: 'MUG' }), String.raw`mapping link UK 'it'\''s 1' MUG --dry-run`],
  [
    {
      kind: 'links',
      links: ['A', 'B'].map((sku) => ({ channelSku: sku, item: { id: `itm_${sku}`, sku } })),
    },
    'mapping link-all UK',
  ],
  [{ kind: 'links', links: ['A', 'B'].map((channelSku) => ({ channelSku, item: null })) }, 'mapping import UK <csv>'],
  [links(null), String.raw`mapping unlink UK 'it'\''s 1' --dry-run`],
  [
    { kind: 'rules', rules: [{ channelSku: 'A', change: { leadTimeDays: 2, ignoreSync: true } }] },
    'mapping rules UK A --lead-time 2 --ignore-sync on --dry-run',
  ],
  [{ kind: 'policy', policy: 'owner', ownerAccountId: 'acc_1' }, 'conflicts resolve UK --policy owner --owner acc_1'],
])('[S004-33] the command that shows %j', (change, command) => {
  expect(lookCommand('UK', change)).toBe(`lockstep ${command}`)
})
