import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'

import { type ChangeStage, changeStage, refusedWith } from '../../test/change-stage.ts'
import { givenAccounts, givenListings } from '../../test/pipeline-fixtures.ts'
import type { KitChange, ShownKit } from '../domain/kit-change.ts'
import { type KitDeps, makeKitChange, previewKitChange } from './change-kit.ts'

let stage: ChangeStage
beforeAll(async () => {
  stage = await changeStage('change_kit')
})
beforeEach(() => stage.clear())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

const signal = AbortSignal.timeout(60_000)
const dissolving: KitChange = { item: 'LAMP', components: [], expectedVersion: 0n }

/** What inventory would say of dissolving a kit of two bulbs and a box, with 4 in one location and 2 in the other. */
const aKit = (more: Partial<ShownKit> = {}): ShownKit => ({
  itemId: 'itm_LAMP',
  sku: 'LAMP',
  version: 7,
  before: [
    { itemId: 'itm_BOX', sku: 'BOX', quantity: 1 },
    { itemId: 'itm_BULB', sku: 'BULB, big', quantity: 2 },
  ],
  after: [],
  levels: [
    { locationId: 'loc_1', locationName: 'Default', available: 4, availableAfter: 0 },
    { locationId: 'loc_2', locationName: 'Shop', available: 2, availableAfter: 0 },
  ],
  ...more,
})

/** Inventory as far as it owns kits: says what it is told to say, and keeps what it is asked to do, once per key. */
function inventoryOf(shown: ShownKit) {
  const made = new Map<string, KitChange>()
  const kits: KitDeps['kits'] = {
    preview: async (_, { idempotencyKey }) => (made.has(idempotencyKey) ? undefined : shown),
    make: async (change, { idempotencyKey }) => {
      made.set(idempotencyKey, change)
      return shown.itemId
    },
  }
  const deps: KitDeps = { ...stage.deps, kits, fetchItems: async () => undefined }
  return { deps, made }
}

/** The kit listed in two countries with a location each, beside nine listings of something else. */
async function givenLamp(): Promise<void> {
  await givenAccounts(stage.db, [{ marketplace: 'UK' }, { marketplace: 'DE', locations: ['loc_2'] }])
  await givenListings(stage.db, [
    { sku: 'LAMP' },
    { sku: 'LAMP_DE', marketplace: 'DE', item: 'itm_LAMP' },
    ...Array.from({ length: 9 }, (_, n) => ({ sku: `S${n}` })),
  ])
  await stage.available('LAMP', 4)
  await stage.available('LAMP', 2, 'loc_2')
  await stage.wanted()
}

const confirming = { confirmation: '', zerosConfirmation: '', allowStockMoves: false, actor: 'ann' }
const making = (deps: KitDeps, more: Partial<Parameters<typeof makeKitChange>[1]> = {}) =>
  makeKitChange(deps, { ...confirming, change: dissolving, idempotencyKey: 'key', ...more }, signal)

test('[B6] dissolving a kit is shown first: its components, its levels, each listing of every account, and how it is put back', async () => {
  await givenLamp()
  const { deps, made } = inventoryOf(aKit())

  const { preview, undo, command } = await previewKitChange(deps, dissolving, signal)

  expect(preview.values.map(({ name, from, to }) => [name, from, to])).toEqual([
    ['components', '1 × BOX, 2 × BULB, big', null],
    ['available in Default', '4', '0'],
    ['available in Shop', '2', '0'],
  ])
  expect(preview.changes.map(({ channelSku, from, to, accounts }) => [channelSku, from, to, accounts])).toEqual([
    ['LAMP', 4, 0, ['TEST-UK']],
    ['LAMP_DE', 2, 0, ['TEST-DE']],
  ])
  expect(preview).toMatchObject({ writes: 2, zeros: 2, zerosConfirmation: expect.stringMatching(/^zeros-2-/) })
  expect(undo).toBe("lockstep items kit LAMP --component BOX=1 'BULB, big=2'")
  expect(command).toBe(
    `lockstep items kit LAMP --dissolve --confirm ${preview.confirmation} --zeros ${preview.zerosConfirmation}`,
  )
  expect(made.size).toBe(0)
  expect(await stage.wanted()).toMatchObject({ LAMP: 4, LAMP_DE: 2 })
})

test('[B6] what ends listings is not done before somebody has looked, and both confirmations of the dry run do it, once per key', async () => {
  await givenLamp()
  const { deps, made } = inventoryOf(aKit())
  const { preview } = await previewKitChange(deps, dissolving, signal)
  const { confirmation } = preview
  const needed = {
    reason: 'ZEROS_CONFIRMATION_NEEDED',
    message: '2 listings of TEST-UK, TEST-DE would be sent to 0; nothing is changed',
    nextStep: expect.stringContaining('lockstep items kit LAMP --dissolve --dry-run'),
  }

  expect(await refusedWith(making(deps))).toMatchObject(needed)
  expect(await refusedWith(making(deps, { confirmation }))).toMatchObject(needed)
  expect(made.size).toBe(0)
  const confirmed = { confirmation, zerosConfirmation: preview.zerosConfirmation ?? '' }
  expect(await making(deps, confirmed)).toBe('itm_LAMP')
  expect(await making(deps, confirmed)).toBe('itm_LAMP')

  expect([...made.values()]).toEqual([{ ...dissolving, expectedVersion: 7n }])
})

test('[B6] a confirmation stands for these numbers of this kit: stock may move if that is said, the kit may not', async () => {
  await givenLamp()
  const { deps } = inventoryOf(aKit())
  const { preview } = await previewKitChange(deps, dissolving, signal)
  const confirmed = { confirmation: preview.confirmation, zerosConfirmation: preview.zerosConfirmation ?? '' }
  await stage.available('LAMP', 5)
  const stale = { reason: 'CONFIRMATION_STALE', field: 'confirmation', value: preview.confirmation }

  expect(await refusedWith(making(deps, confirmed))).toMatchObject({
    ...stale,
    message: expect.stringContaining('before stock moved'),
    nextStep: 'look again: lockstep items kit LAMP --dissolve --dry-run',
  })
  const changed = inventoryOf(aKit({ version: 8 }))
  expect(await refusedWith(making(changed.deps, { ...confirmed, allowStockMoves: true }))).toMatchObject(stale)
  expect(await refusedWith(making(deps, { confirmation: 'dry-1' }))).toMatchObject({ reason: 'CONFIRMATION_STALE' })
  expect(await making(deps, { ...confirmed, allowStockMoves: true })).toBe('itm_LAMP')
})

test('[B6] an item that becomes a kit raises its listings, and needs nobody to look', async () => {
  await givenLamp()
  await stage.available('LAMP', 0)
  await stage.available('LAMP', 0, 'loc_2')
  await stage.wanted()
  const [first, second] = aKit().levels.map((level) => ({ ...level, available: 0, availableAfter: level.available }))
  const { deps, made } = inventoryOf(
    aKit({ before: [], after: aKit().before, levels: first && second ? [first, second] : [] }),
  )
  const change = { ...dissolving, components: [{ item: 'BOX', quantity: 1n }] }

  const { preview, undo } = await previewKitChange(deps, change, signal)
  await making(deps, { change })

  expect(preview.changes.map(({ channelSku, from, to }) => [channelSku, from, to])).toEqual([
    ['LAMP', 0, 4],
    ['LAMP_DE', 0, 2],
  ])
  expect(preview.zerosConfirmation).toBeNull()
  expect(undo).toBe('lockstep items kit LAMP --dissolve')
  expect([...made.values()]).toEqual([change])
})
