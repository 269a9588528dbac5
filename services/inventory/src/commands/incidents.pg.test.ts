import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'
import {
  aKey,
  anItem,
  defaultLocationId,
  done,
  levelOf,
  openInventory,
  refusedWith,
  type GivenItem,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import { explainIncident, listIncidents } from '../queries/list-incidents.ts'
import { listMovements } from '../queries/list-movements.ts'
import { adjustStock } from './adjust-stock.ts'
import { applyOrderSnapshot } from './apply-order-snapshot.ts'
import { countDespatch } from './count-despatch.ts'
import { reserveStock } from './reserve-stock.ts'
import { resolveIncident } from './resolve-incident.ts'
import { setStock } from './set-stock.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const firstPage = { size: 0, token: '' }

async function incidentsOf(item: GivenItem, includeClosed = false) {
  const wanted = { item: item.id, kind: undefined, includeClosed, page: firstPage }
  return done(await listIncidents(inventory.db, wanted)).incidents
}

interface GivenLine {
  item: GivenItem
  orderId?: string
  revision?: number
  ordered?: number
  cancelled?: number
  fulfilledOnAmazon?: number
}

/** An order's snapshot, of one line. */
async function order(line: GivenLine, deps = inventory.deps): Promise<string> {
  const { item, orderId = aKey('ord'), revision = 1, ordered = 1, cancelled = 0, fulfilledOnAmazon = 0 } = line
  const place = { itemId: item.id, locationId: defaultLocationId }
  const lines = [{ lineId: `oln_of_${orderId}`, place, ordered, cancelled, fulfilledOnAmazon }]
  const snapshot = { orderId, revision, movesStock: true, lines }
  await applyOrderSnapshot(deps, { snapshot, note: `202-${orderId}` })
  return orderId
}

async function despatch(item: GivenItem, orderId: string, quantity: number): Promise<string> {
  const despatchId = aKey('dsp')
  const place = { itemId: item.id, locationId: defaultLocationId }
  const lines = [{ lineId: `oln_of_${orderId}`, place, quantity }]
  await countDespatch(inventory.deps, { despatch: { despatchId, orderId, lines }, actor: 'ben', note: '' })
  return despatchId
}

const hand = (item: GivenItem) => ({ idempotencyKey: aKey(), actor: 'ann', note: '', partial: false, item })

const setTo = async (item: GivenItem, onHand: bigint) => {
  const { item: _, ...command } = hand(item)
  done(await setStock(inventory.deps, { ...command, lines: [{ item: item.id, location: '', onHand }] }))
}

test('[R02] an order beyond the stock is kept and opens one oversell that names it; those after it make it deeper', async () => {
  const item = await anItem(inventory.deps, { onHand: 1 })
  await order({ item })

  const culprit = await order({ item })
  const next = await order({ item })

  const [incident, ...more] = await incidentsOf(item)
  expect(more).toEqual([])
  expect(incident).toMatchObject({
    kind: 'oversell',
    itemSku: item.sku,
    locationName: 'Default',
    units: 2,
    worstUnits: 2,
  })
  expect(incident?.cause).toEqual({
    kind: 'order_reserved',
    reference: culprit,
    actor: 'order-download',
    note: `202-${culprit}`,
  })
  const { movements } = done(await explainIncident(inventory.db, incident?.id ?? ''))
  expect(movements.map(({ cause }) => cause.reference)).toEqual([next, culprit])
})

test('[R02] an oversell that a count has made names the orders and reservations that have the units, newest first', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 3 })
  const first = await order({ item, ordered: 2, orderId: 'ord_00000001' })
  const second = await order({ item, orderId: 'ord_00000002' })
  await setTo(item, 4n)
  const lines = [{ item: item.id, location: '', quantity: 1n }]
  const shop = { idempotencyKey: aKey(), actor: 'shop', reference: 'basket', lines }
  const { reservationId } = done(await reserveStock(deps, shop))
  await order({ item: await anItem(deps, { onHand: 1 }) })

  await setTo(item, 1n)

  const [incident] = await incidentsOf(item)
  const { movements, reserved } = done(await explainIncident(db, incident?.id ?? ''))
  expect(movements.map(({ cause }) => cause.kind)).toEqual(['stock_set'])
  const none = { orderId: '', channelOrderId: '', orderLineId: '', reservationId: '' }
  const held = (id: string) => ({ ...none, orderId: id, channelOrderId: `202-${id}`, orderLineId: `oln_of_${id}` })
  expect(reserved).toEqual([
    { ...none, reservationId, units: 1 },
    { ...held(second), units: 1 },
    { ...held(first), units: 2 },
  ])
  await order({ item, orderId: second, revision: 2, cancelled: 1 })
  const after = done(await explainIncident(db, incident?.id ?? '')).reserved
  expect(after.map(({ orderId, units }) => [orderId, units])).toEqual([
    ['', 1],
    [first, 2],
  ])
})

test('[R02] an oversell ends with whatever makes it whole, and tells what that was', async () => {
  const { deps } = inventory
  const item = await anItem(deps, { onHand: 1 })
  const [, culprit] = [await order({ item }), await order({ item })]

  await order({ item, orderId: culprit, revision: 2, cancelled: 1 })

  expect(await incidentsOf(item)).toEqual([])
  const [ended] = await incidentsOf(item, true)
  expect(ended).toMatchObject({
    units: 0,
    worstUnits: 1,
    closingCause: { kind: 'order_cancelled', reference: culprit },
  })
  await order({ item })
  expect(await incidentsOf(item)).toHaveLength(1)
  await setTo(item, 9n)
  expect((await incidentsOf(item, true)).map(({ closingCause }) => closingCause?.kind)).toEqual([
    'stock_set',
    'order_cancelled',
  ])
})

test('a despatch of what was not on the shelf is a shortfall with its despatch, and no number is floored at 0', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 1 })
  const orderId = await order({ item, ordered: 3 })

  const despatchId = await despatch(item, orderId, 3)

  expect(await levelOf(db, item.id)).toMatchObject({ onHand: -2, reserved: 0, available: -2 })
  const open = await incidentsOf(item)
  expect(open.map(({ kind, units, cause }) => [kind, units, cause.reference])).toEqual([
    ['shortfall', 2, despatchId],
    ['oversell', 2, orderId],
  ])
  const history = done(await listMovements(db, { item: item.id, location: '', page: firstPage }))
  expect(history.movements[0]).toMatchObject({ kind: 'despatch', onHandBefore: 1, onHandChange: -3, onHandAfter: -2 })
  await setTo(item, 0n)
  expect(await incidentsOf(item)).toEqual([])
})

test('[T-34] [R01] the last unit sold by two channels within a moment: one is refused or the oversell says so, and no unit is lost', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 1 })
  const lines = [{ item: item.id, location: '', quantity: 1n }]
  const shop = () => reserveStock(deps, { idempotencyKey: aKey(), actor: 'shop', reference: '', lines })

  const [answer] = await Promise.all([shop(), order({ item }, inventory.anotherReplica())])

  const isReserved = 'reservationId' in answer
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 1, available: isReserved ? -1 : 0 })
  expect((await incidentsOf(item)).map(({ kind, units }) => [kind, units])).toEqual(isReserved ? [['oversell', 1]] : [])
})

test('many orders and counts at once leave an incident open exactly where units are missing', async () => {
  const { db, deps } = inventory
  const items = await Promise.all(Array.from({ length: 4 }, () => anItem(deps, { onHand: 2 })))
  const replicas = [deps, inventory.anotherReplica()]

  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const item = items[index % 4] ?? { id: '', sku: '' }
      if (index % 3 === 0) await setTo(item, BigInt((index * 7) % 20))
      else await order({ item }, replicas[index % 2])
    }),
  )

  for (const item of items) {
    const { available } = await levelOf(db, item.id)
    const open = (await incidentsOf(item)).map(({ kind, units }) => [kind, units])
    expect(open).toEqual(available < 0 ? [['oversell', 0 - available]] : [])
  }
})

test('an order that is cancelled after its goods have left asks a person, who ends it', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const orderId = await order({ item, ordered: 2 })
  await despatch(item, orderId, 2)

  await order({ item, orderId, revision: 2, ordered: 2, cancelled: 2 })
  await order({ item, orderId, revision: 3, ordered: 2, cancelled: 2 })

  const [incident, ...more] = await incidentsOf(item)
  expect(more).toEqual([])
  expect(incident).toMatchObject({ kind: 'cancelled_after_despatch', units: 2, reference: `oln_of_${orderId}` })
  expect(await levelOf(db, item.id)).toMatchObject({ onHand: 3, reserved: 0 })
  const command = { idempotencyKey: aKey(), actor: 'ann', incidentId: incident?.id ?? '', note: 'came back' }
  const ended = done(await resolveIncident(deps, command)).incident
  expect(ended).toMatchObject({ closingCause: { kind: 'resolved', actor: 'ann', note: 'came back' } })
  expect(await incidentsOf(item)).toEqual([])
})

test('a cancellation that is told before the despatch of the same goods ends in the same incident', async () => {
  const item = await anItem(inventory.deps, { onHand: 5 })
  const orderId = aKey('ord')

  await order({ item, orderId, revision: 2, ordered: 2, cancelled: 1 })
  await despatch(item, orderId, 2)

  expect((await incidentsOf(item)).map(({ kind, units }) => [kind, units])).toEqual([['cancelled_after_despatch', 1]])
})

test('a despatch that is known before its order is no incident', async () => {
  const item = await anItem(inventory.deps, { onHand: 5 })
  const orderId = aKey('ord')

  await despatch(item, orderId, 2)
  await order({ item, orderId, ordered: 2 })

  expect(await incidentsOf(item)).toEqual([])
})

test('an oversell is not ended by hand, and an incident that is none is named', async () => {
  const { deps } = inventory
  const item = await anItem(deps)
  await order({ item })
  const [incident] = await incidentsOf(item)
  const command = { idempotencyKey: aKey(), actor: 'ann', note: '' }

  const byHand = refusedWith(await resolveIncident(deps, { ...command, incidentId: incident?.id ?? '' }))
  const nowhere = refusedWith(await resolveIncident(deps, { ...command, incidentId: 'inc_9' }))

  expect(byHand).toMatchObject({ reason: 'INCIDENT_ENDS_ITSELF', value: incident?.id })
  expect(byHand.nextStep).toContain('lockstep stock adjust --kind receipt')
  expect(nowhere).toMatchObject({ reason: 'INCIDENT_UNKNOWN', value: 'inc_9' })
})

test('[B8] receipts, returns and corrections are entered as such, with their reference, who, old and new', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const by = (kind: 'receipt' | 'return' | 'correction', delta: bigint, reference: string) => {
    const { item: _, ...command } = hand(item)
    return adjustStock(deps, { ...command, kind, reference, lines: [{ item: item.id, location: '', delta }] })
  }

  done(await by('receipt', 10n, 'PO-17'))
  done(await by('return', 1n, 'RMA-3'))
  done(await by('correction', -2n, ''))

  const { movements } = done(await listMovements(db, { item: item.id, location: '', page: { size: 3, token: '' } }))
  expect(
    movements.map(({ kind, onHandBefore, onHandAfter, cause }) => [kind, onHandBefore, onHandAfter, cause.actor]),
  ).toEqual([
    ['correction', 16, 14, 'ann'],
    ['return', 15, 16, 'ann'],
    ['receipt', 5, 15, 'ann'],
  ])
  expect(movements.map(({ cause }) => cause.reference).slice(1)).toEqual(['RMA-3', 'PO-17'])
  expect(refusedWith(await by('receipt', -1n, ''))).toMatchObject({
    reason: 'DELTA_INVALID',
    field: 'delta',
    value: '-1',
  })
})

test('pages of incidents are read to their end, each incident once', async () => {
  const { db, deps } = inventory
  const items = []
  for (let index = 0; index < 5; index += 1) items.push(await anItem(deps))
  for (const item of items) await order({ item })

  const seen: string[] = []
  let token = ''
  do {
    const wanted = { item: '', kind: 'oversell' as const, includeClosed: false, page: { size: 2, token } }
    const page = done(await listIncidents(db, wanted))
    seen.push(...page.incidents.map(({ itemId }) => itemId))
    token = page.nextPageToken
  } while (token !== '')

  expect(seen.slice(0, 5)).toEqual(items.map(({ id }) => id).toReversed())
  expect(new Set(seen).size).toBe(seen.length)
  const { rows } = await sql<{ open: number }>`
    select count(*)::int as open from stock_incident where closed_at is null and kind = 'oversell'`.execute(db)
  expect(seen).toHaveLength(rows[0]?.open ?? 0)
})
