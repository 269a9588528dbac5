import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'
import {
  aKey,
  aLocation,
  anItem,
  defaultLocationId,
  done,
  eventsOf,
  levelOf,
  openInventory,
  refusedWith,
  unbalancedPlaces,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import { listItems } from '../queries/list-items.ts'
import { listMovements } from '../queries/list-movements.ts'
import { showStock } from '../queries/show-stock.ts'
import { listLocations } from '../store/locations.ts'
import { saveLocationUser } from '../store/location-users.ts'
import { adjustStock } from './adjust-stock.ts'
import { createLocation } from './create-location.ts'
import { removeLocation, renameLocation } from './change-location.ts'
import { reportThirdPartyStock } from './report-third-party-stock.ts'
import { reserveStock } from './reserve-stock.ts'
import { sendTransfer } from './send-transfer.ts'
import { setStock } from './set-stock.ts'
import { takeInFbaLevel } from './take-in-fba-level.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const call = () => ({ idempotencyKey: aKey(), actor: 'ann' })
const at = (minute: number) => new Date(Date.UTC(2026, 10, 28, 3, minute))

const setIn = (item: string, location: string, onHand: bigint) =>
  setStock(inventory.deps, { ...call(), note: '', partial: false, lines: [{ item, location, onHand }] })

const remove = (location: string) => removeLocation(inventory.deps, { ...call(), location })

test.each([
  ['renamed', () => renameLocation(inventory.deps, { ...call(), location: 'Default', name: 'Main' })],
  ['removed', () => remove(defaultLocationId)],
])('[B12] Default cannot be %s, by no name of it', async (word, change) => {
  expect(refusedWith(await change())).toMatchObject({
    reason: 'LOCATION_IS_DEFAULT',
    message: `Default is always there: it cannot be ${word}`,
    field: 'location',
  })
  expect(await listLocations(inventory.db)).toContainEqual(
    expect.objectContaining({ name: 'Default', isDefault: true }),
  )
})

test('[B12] a renamed location keeps its stock and its history, and its old name is nobody’s', async () => {
  const { db, deps } = inventory
  const [shelf, item, name] = [await aLocation(deps), await anItem(deps), aKey('Loft')]
  done(await setIn(item.id, shelf.name, 3n))

  const { location } = done(await renameLocation(deps, { ...call(), location: shelf.name, name }))

  expect(location).toEqual({ ...shelf, name })
  expect(await levelOf(db, item.id, shelf.id)).toMatchObject({ onHand: 3 })
  const { movements } = done(await listMovements(db, { item: item.id, location: name, page: { size: 0, token: '' } }))
  expect(movements).toMatchObject([{ locationName: name, onHandAfter: 3 }])
  expect(refusedWith(await setIn(item.id, shelf.name, 1n))).toMatchObject({ reason: 'LOCATION_UNKNOWN' })
})

test('[B12] a name that another location has, or that is none, is refused', async () => {
  const { deps } = inventory
  const [one, two] = [await aLocation(deps), await aLocation(deps)]
  const rename = (name: string) => renameLocation(deps, { ...call(), location: one.id, name })

  expect(refusedWith(await rename(two.name))).toMatchObject({ reason: 'LOCATION_EXISTS', value: two.name })
  expect(refusedWith(await rename(' '))).toMatchObject({ reason: 'LOCATION_NAME_INVALID' })
  expect(done(await rename(one.name)).location).toEqual(one)
})

test('[B12] a name that differs from another location’s in case alone is refused, however many ask at once', async () => {
  const { deps } = inventory
  const name = aKey('Warehouse')
  const create = (called: string, by = deps) => createLocation(by, { ...call(), name: called, kind: 'own' })

  const answers = await Promise.all([create(name), create(name.toLowerCase(), inventory.anotherReplica())])

  const made = answers.flatMap((answer) => ('location' in answer ? [answer.location] : []))
  expect(made).toHaveLength(1)
  const [first] = made
  if (!first) throw new Error('none was made')
  const other = await aLocation(deps)
  const asked = name.toUpperCase()
  for (const refusal of [
    await create(asked),
    await renameLocation(deps, { ...call(), location: other.id, name: asked }),
  ])
    expect(refusedWith(refusal)).toMatchObject({
      reason: 'LOCATION_EXISTS',
      value: asked,
      message: `a location is called "${first.name}" already`,
    })
  expect(done(await renameLocation(deps, { ...call(), location: first.id, name: asked })).location.name).toBe(asked)
})

test('[B12] a location in use is not removed, and everything that uses it is named', async () => {
  const { db, deps } = inventory
  const [shelf, item] = [await aLocation(deps), await anItem(deps, { onHand: 5 })]
  done(await setIn(item.id, shelf.id, 2n))
  const lines = [{ item: item.id, quantity: 1n }]
  const sending = { ...call(), fromLocation: '', toLocation: shelf.id, lines, reference: '', note: '', arrived: false }
  const { transfer } = done(await sendTransfer(deps, sending))
  const account = { accountId: aKey('acc'), name: 'UK', toldAt: at(1) }
  await saveLocationUser(db, { ...account, locationIds: [shelf.id], orderLocationId: shelf.id })

  const refusal = refusedWith(await remove(shelf.name))

  expect(refusal).toMatchObject({ reason: 'LOCATION_IN_USE', field: 'location', value: shelf.name })
  for (const use of [
    'account UK sends its orders there',
    `${item.sku}: 2 on hand, 0 reserved, 0 held`,
    `transfer ${transfer.id} is on its way`,
  ]) {
    expect(refusal.message).toContain(use)
  }
  expect(await listLocations(db)).toContainEqual(shelf)
})

test('[B12] a location that nothing uses any more is removed: it is named no more, and its history stays', async () => {
  const { db, deps } = inventory
  const [shelf, item] = [await aLocation(deps), await anItem(deps)]
  const account = { accountId: aKey('acc'), name: 'DE', orderLocationId: null }
  await saveLocationUser(db, { ...account, locationIds: [shelf.id], toldAt: at(2) })
  await saveLocationUser(db, { ...account, locationIds: [], toldAt: at(3) })
  await saveLocationUser(db, { ...account, locationIds: [shelf.id], toldAt: at(1) })
  done(await setIn(item.id, shelf.id, 2n))
  done(await setIn(item.id, shelf.id, 0n))

  done(await remove(shelf.name))

  expect((await listLocations(db)).map(({ id }) => id)).not.toContain(shelf.id)
  expect(done(await showStock(db, item.id)).levels.map(({ locationId }) => locationId)).not.toContain(shelf.id)
  const { movements } = done(await listMovements(db, { item: item.id, location: '', page: { size: 0, token: '' } }))
  expect(movements.map(({ locationName }) => locationName)).toEqual(
    Array.from({ length: 2 }, () => `${shelf.name} (removed ${shelf.id.slice(-8)})`),
  )
  expect(refusedWith(await remove(shelf.id))).toMatchObject({ reason: 'LOCATION_UNKNOWN' })
  const again = done(await renameLocation(deps, { ...call(), location: (await aLocation(deps)).id, name: shelf.name }))
  expect(again.location.name).toBe(shelf.name)
  expect((await levelOf(db, (await anItem(deps)).id)).onHand).toBe(0)
})

test('[B12] units that reach a removed location after all are shown, not lost', async () => {
  const { db, deps } = inventory
  const [shelf, item] = [await aLocation(deps), await anItem(deps, { onHand: 1 })]
  done(await remove(shelf.id))

  await sql`update stock_level set on_hand = 4 where item_id = ${item.id} and location_id = ${shelf.id}`.execute(db)

  expect(done(await showStock(db, item.id)).levels).toContainEqual(
    expect.objectContaining({ locationId: shelf.id, onHand: 4, locationName: expect.stringContaining('removed') }),
  )
  await sql`update stock_level set on_hand = 0 where item_id = ${item.id} and location_id = ${shelf.id}`.execute(db)
})

test('[S004-55] [S004-65] the FBA location comes with the first figure of an account, and two figures at once make one', async () => {
  const { db, deps } = inventory
  const [one, two, accountId] = [await anItem(deps), await anItem(deps), aKey('acc')]
  const replicas = [deps, inventory.anotherReplica()]

  const known = await Promise.all(
    [one, two].map((item, index) =>
      takeInFbaLevel(replicas[index] ?? deps, { accountId, itemId: item.id, onHand: 7 + index, figureAt: at(1) }),
    ),
  )

  expect(known).toEqual([true, true])
  const stock = await Promise.all([one, two].map(async ({ id }) => done(await showStock(db, id))))
  const levels = stock.map(({ levels: all }) => all.find(({ onHand }) => onHand > 0))
  expect(levels.map((level) => [level?.locationKind, level?.onHand, level?.figureAt])).toEqual([
    ['fba', 7, at(1)],
    ['fba', 8, at(1)],
  ])
  expect(levels[0]?.locationId).toBe(levels[1]?.locationId)
  expect((await eventsOf(db, one.id)).at(-1)?.payload.cause).toMatchObject({
    kind: 'fba_level_changed',
    actor: 'amazon',
  })
})

test('[S004-65] [R13] a figure of Amazon that is older than the one there, or comes again, changes nothing', async () => {
  const { db, deps } = inventory
  const [item, accountId] = [await anItem(deps), aKey('acc')]
  const figure = (onHand: number, minute: number) =>
    takeInFbaLevel(deps, { accountId, itemId: item.id, onHand, figureAt: at(minute) })

  for (const [onHand, minute] of [
    [5, 2],
    [9, 1],
    [5, 2],
    [6, 3],
    [6, 4],
  ] as const)
    await figure(onHand, minute)

  const [level, ...others] = done(await showStock(db, item.id)).levels.filter(({ onHand }) => onHand !== 0)
  expect(others).toEqual([])
  expect(level).toMatchObject({ onHand: 6, figureAt: at(4), version: 3 })
  expect(await takeInFbaLevel(deps, { accountId, itemId: 'itm_nowhere', onHand: 1, figureAt: at(5) })).toBe(false)
})

test('[T-28] [S003-54] [S003-51] units at Amazon and units on our shelves are two figures: neither feeds the other', async () => {
  const { db, deps } = inventory
  const [item, accountId] = [await anItem(deps, { onHand: 5 }), aKey('acc')]
  await takeInFbaLevel(deps, { accountId, itemId: item.id, onHand: 40, figureAt: at(1) })

  done(await setIn(item.id, 'Default', 3n))
  await takeInFbaLevel(deps, { accountId, itemId: item.id, onHand: 39, figureAt: at(2) })

  const levels = done(await showStock(db, item.id)).levels.filter(({ onHand }) => onHand !== 0)
  expect(levels.map(({ locationKind, onHand }) => [locationKind, onHand])).toEqual([
    ['own', 3],
    ['fba', 39],
  ])
  const { items } = done(await listItems(db, { search: item.sku, page: { size: 0, token: '' } }))
  expect(items).toMatchObject([{ onHand: 3, available: 3 }])
})

test('[B13] [S004-65] what Amazon or a third party keeps takes no number by hand, and the refusal names the location', async () => {
  const { db, deps } = inventory
  const [item, accountId] = [await anItem(deps, { onHand: 5 }), aKey('acc')]
  await takeInFbaLevel(deps, { accountId, itemId: item.id, onHand: 4, figureAt: at(1) })
  const theirs = await aLocation(deps, 'third_party')
  const fba = done(await showStock(db, item.id)).levels.find(
    ({ locationKind, onHand }) => locationKind === 'fba' && onHand > 0,
  )

  for (const [location, name, keeper] of [
    [fba?.locationId ?? '', fba?.locationName ?? '', 'Amazon'],
    [theirs.id, theirs.name, 'a third party'],
  ] as const) {
    const delta = { ...call(), note: '', partial: false, lines: [{ item: item.id, location, delta: 1n }] }
    for (const answer of [await setIn(item.id, location, 9n), await adjustStock(deps, delta)]) {
      expect(refusedWith(answer)).toMatchObject({
        reason: 'LOCATION_NOT_OURS',
        message: `the stock of ${name} is kept by ${keeper}`,
        value: name,
      })
    }
  }
  const lines = [{ item: item.id, location: fba?.locationId ?? '', quantity: 1n }]
  expect(refusedWith(await reserveStock(deps, { ...call(), reference: '', lines }))).toMatchObject({
    reason: 'LOCATION_NOT_OURS',
  })
  expect(refusedWith(await remove(fba?.locationId ?? ''))).toMatchObject({ reason: 'LOCATION_IN_USE' })
})

test('[B13] a third party reports what it counts, the newest count wins, and only for its own location', async () => {
  const { db, deps } = inventory
  const [item, theirs] = [await anItem(deps), await aLocation(deps, 'third_party')]
  const report = (onHand: bigint, minute: number, location = theirs.name) =>
    reportThirdPartyStock(deps, { ...call(), location, figureAt: at(minute), lines: [{ item: item.sku, onHand }] })

  const first = done(await report(8n, 2))
  const older = done(await report(3n, 1))

  expect([first, older].map(({ levels }) => levels.map(({ onHand }) => onHand))).toEqual([[8], [8]])
  expect(await levelOf(db, item.id, theirs.id)).toMatchObject({ onHand: 8, version: 2 })
  expect(refusedWith(await report(1n, 3, 'Default'))).toMatchObject({ reason: 'LOCATION_NOT_OURS', value: 'Default' })
  expect(refusedWith(await report(-1n, 3))).toMatchObject({ reason: 'QUANTITY_INVALID', value: '-1' })
  expect(await unbalancedPlaces(db)).toEqual([])
})
