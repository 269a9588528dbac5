import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'

import { type ChangeStage, changeStage, refusedWith } from '../../test/change-stage.ts'
import { accountId, givenAccounts, givenListings } from '../../test/pipeline-fixtures.ts'
import type { SettingsChange } from '../domain/account-settings.ts'
import type { ListingRules, RuleChange } from '../domain/rule-change.ts'
import { listRuleChanges } from '../store/rule-changes.ts'
import { dryRun } from './dry-run.ts'
import { getAccount } from './get-account.ts'
import { linkListing } from './link-listing.ts'
import { mapLocations } from './map-locations.ts'
import { updateAccountSettings } from './update-account-settings.ts'
import { updateListingRules } from './update-listing-rules.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('unseen_zeros')
})
beforeEach(() => stage.clear())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

const by = { account: accountId('UK'), actor: 'test' }
const unconfirmed = { confirmation: '', zerosConfirmation: '' }

function set(
  change: SettingsChange,
  more: { confirmation?: string; zerosConfirmation?: string; version?: number } = {},
) {
  const { version: expectedVersion, ...given } = more
  const command = { ...by, change, expectedVersion, ...unconfirmed, ...given }
  return stage.db.transaction().execute((tx) => updateAccountSettings(tx, stage.deps, command))
}

function map(locations: string[]) {
  const command = { ...by, locations, orderLocation: '', known: stage.known }
  return stage.db.transaction().execute((tx) => mapLocations(tx, stage.deps, command))
}

function link(channelSku: string, item: string) {
  const command = { ...by, channelSku, item: { id: `itm_${item}`, sku: item } }
  return stage.db.transaction().execute((tx) => linkListing(tx, stage.deps, command))
}

function rule(skus: readonly string[], change: ListingRules) {
  const rules = skus.map((channelSku) => ({ channelSku, change }))
  return stage.db.transaction().execute((tx) => updateListingRules(tx, stage.deps, { ...by, rules }))
}

const skus = Array.from({ length: 9 }, (_, n) => `S${n}`)

/** Nine SKUs in the UK at 5 units each, and nothing in loc_2 or of NONE. */
async function givenNine({ updateInventory = true } = {}): Promise<void> {
  await givenAccounts(stage.db, [
    { marketplace: 'UK', updateInventory },
    { marketplace: 'DE', locations: ['loc_2'] },
  ])
  await givenListings(
    stage.db,
    skus.map((sku) => ({ sku })),
  )
  for (const sku of skus) {
    await stage.available(sku, 5)
    await stage.available(sku, 0, 'loc_2')
  }
  await givenListings(stage.db, [{ sku: 'NONE', marketplace: 'DE' }])
  await stage.available('NONE', 0)
}

/** The dry run of Update inventory, while Amazon cannot be reached. */
function lookAtSwitchingOn() {
  const outage = { status: 0, headers: {}, body: new Uint8Array(), detail: '', nextStep: '', amazonTime: undefined }
  const callAmazon = () => Promise.resolve({ ...outage, outcome: 'outage' as const })
  const wish = { idOrName: accountId('UK'), signal: AbortSignal.timeout(30_000) }
  return dryRun({ ...stage.deps, callAmazon }, wish)
}

const changesOf = () => listRuleChanges(stage.db, accountId('UK'), { before: null, limit: 10 })

interface Unseen {
  what: string
  make: () => Promise<unknown>
  zeros: number
  look: string
}

test.each<Unseen>([
  {
    what: '[S004-39] End When',
    make: () => set({ endWhen: 100 }),
    zeros: 9,
    look: 'accounts settings TEST-UK --end-when 100',
  },
  {
    what: '[S004-37] Max Listed',
    make: () => set({ maxListed: 0 }),
    zeros: 9,
    look: 'accounts settings TEST-UK --max-listed 0',
  },
  {
    what: '[S004-34] a mapping',
    make: () => map(['loc_2']),
    zeros: 9,
    look: 'locations map TEST-UK loc_2 --orders loc_2',
  },
  { what: 'a link', make: () => link('S1', 'NONE'), zeros: 1, look: 'mapping link TEST-UK S1 NONE' },
  { what: 'a rule', make: () => rule(['S1'], { endWhen: 9 }), zeros: 1, look: 'mapping rules TEST-UK S1 --end-when 9' },
  { what: 'rules', make: () => rule(skus, { maxListed: 0 }), zeros: 9, look: 'mapping rules TEST-UK --file <csv>' },
])(
  '[S004-33] $what that nobody looked at and that ends more than the share is refused, and nothing is done',
  async ({ make, zeros, look }) => {
    await givenNine()
    const before = await stage.wanted()
    const account = await getAccount(stage.db, accountId('UK'))

    expect(await refusedWith(make())).toMatchObject({
      reason: 'ZEROS_CONFIRMATION_NEEDED',
      message: expect.stringContaining(`${zeros} listings of TEST-UK would be sent to 0`),
      nextStep: expect.stringContaining(`lockstep ${look} --dry-run`),
    })
    expect(await getAccount(stage.db, accountId('UK'))).toEqual(account)
    expect(await changesOf()).toEqual([])
    expect(await stage.wanted()).toEqual(before)
  },
)

test('[S004-33] the confirmation that its dry run shows lets a direct change of settings go, and none of its zeros is guarded', async () => {
  await givenNine()
  const change: RuleChange = { kind: 'settings', change: { endWhen: 100 } }
  const { zerosConfirmation } = await stage.preview('UK', change)

  await set({ endWhen: 100 }, { zerosConfirmation: zerosConfirmation ?? '' })

  expect(await stage.wanted()).toMatchObject({ S0: 0, S8: 0 })
  expect(await changesOf()).toMatchObject([{ change, inverse: { change: { endWhen: null } } }])
})

test('[S004-33] an account that does not send yet, a change that lowers nothing and the master switch are free of it', async () => {
  await givenNine({ updateInventory: false })
  await set({ endWhen: 100 })
  await set({ endWhen: 3 })
  await stage.db.updateTable('account').set({ update_inventory: true }).execute()

  await set({ endWhen: null, defaultLeadTimeDays: 2 })
  await set({ enabled: false })

  expect(await getAccount(stage.db, accountId('UK'))).toMatchObject({ enabled: false, endWhen: null })
})

test('[S004-33] turning Update inventory on asks for its zeros as well, by the settings as by applying the same dry run', async () => {
  await givenNine({ updateInventory: false })
  await set({ endWhen: 100 })
  const shown = await lookAtSwitchingOn()
  const { confirmation } = shown
  const needed = { reason: 'ZEROS_CONFIRMATION_NEEDED', message: expect.stringContaining(`${shown.zerosConfirmation}`) }

  expect(shown).toMatchObject({ zeros: 9, zerosConfirmation: expect.stringMatching(/^zeros-9-/) })
  expect(await refusedWith(set({ updateInventory: true }, { confirmation }))).toMatchObject(needed)
  expect(await refusedWith(stage.apply(confirmation))).toMatchObject(needed)

  await set({ updateInventory: true }, { confirmation, zerosConfirmation: shown.zerosConfirmation ?? '' })
  expect(await stage.wanted()).toMatchObject({ S0: 0, S8: 0 })
})

test('[S004-33] a confirmation of Update inventory alone does not carry other settings past their zeros', async () => {
  await givenNine({ updateInventory: false })
  const { confirmation } = await lookAtSwitchingOn()

  expect(await refusedWith(set({ updateInventory: true, endWhen: 100 }, { confirmation }))).toMatchObject({
    reason: 'ZEROS_CONFIRMATION_NEEDED',
    nextStep: expect.stringContaining('accounts settings TEST-UK --update-inventory on --end-when 100 --dry-run'),
  })
})

test('[S004-33] what is so already keeps the version that another person has seen, and is no change', async () => {
  await givenNine()
  const { settingsVersion: version } = await set({ maxListed: 4 })
  const made = await changesOf()

  expect(await set({ maxListed: 4 })).toMatchObject({ settingsVersion: version })
  expect((await map(['loc_1'])).account).toMatchObject({ settingsVersion: version })
  expect(await changesOf()).toEqual(made)
  expect(await set({ maxListed: 3 }, { version })).toMatchObject({ maxListed: 3, settingsVersion: version + 1 })
})
