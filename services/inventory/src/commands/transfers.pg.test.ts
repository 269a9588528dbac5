import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sql } from 'kysely'
import {
  aKey,
  aLocation,
  anItem,
  done,
  eventsOf,
  levelOf,
  openInventory,
  refusedWith,
  unbalancedPlaces,
  type GivenItem,
  type InventoryFixture,
} from '../../test/inventory-fixture.ts'
import { listMovements } from '../queries/list-movements.ts'
import { listTransfers } from '../queries/list-transfers.ts'
import { cancelTransfer, receiveTransfer } from './end-transfer.ts'
import { reserveStock } from './reserve-stock.ts'
import { sendTransfer, type SendTransferCommand } from './send-transfer.ts'
import { setKit } from './set-kit.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

const call = () => ({ idempotencyKey: aKey(), actor: 'ann', note: '' })

const aTransfer = (transfer: Partial<SendTransferCommand>): SendTransferCommand => ({
  ...call(),
  fromLocation: 'Default',
  toLocation: 'Default',
  reference: '',
  arrived: false,
  lines: [],
  ...transfer,
})

const units = (item: GivenItem, quantity: number) => ({ item: item.sku, quantity: BigInt(quantity) })

/** An item with units in Default, and a second shelf. */
async function given({ onHand }: { onHand: number }) {
  const shop = await aLocation(inventory.deps)
  const item = await anItem(inventory.deps, { onHand })
  const onHands = async () => [
    (await levelOf(inventory.db, item.id)).onHand,
    (await levelOf(inventory.db, item.id, shop.id)).onHand,
  ]
  return { shop, item, onHands }
}

async function sent(item: GivenItem, { to, quantity }: { to: string; quantity: number }): Promise<string> {
  const command = aTransfer({ toLocation: to, lines: [units(item, quantity)] })
  return done(await sendTransfer(inventory.deps, command)).transfer.id
}

test('[B10] units that are sent are on no shelf until they arrive, and each step is one event of the item', async () => {
  const { db, deps } = inventory
  const { shop, item, onHands } = await given({ onHand: 5 })

  const transferId = await sent(item, { to: shop.name, quantity: 3 })
  const onTheWay = await onHands()
  const { transfer } = done(await receiveTransfer(deps, { ...call(), transferId, lines: [] }))

  expect([onTheWay, await onHands()]).toEqual([
    [2, 0],
    [2, 3],
  ])
  expect(transfer).toMatchObject({
    state: 'received',
    lines: [{ itemSku: item.sku, sent: 3, received: 3, returned: 0 }],
  })
  const events = (await eventsOf(db, item.id)).slice(-2).map(({ payload }) => payload)
  expect(events.map(({ cause, changes }) => [cause.kind, changes.map(({ available }) => available)])).toEqual([
    ['transfer_sent', ['2']],
    ['transfer_received', ['3']],
  ])
  const { movements } = done(await listMovements(db, { item: item.id, location: '', page: { size: 2, token: '' } }))
  expect(movements.map(({ kind, cause }) => [kind, cause.reference, cause.note])).toEqual([
    ['transfer', transferId, `Default → ${shop.name}`],
    ['transfer', transferId, `Default → ${shop.name}`],
  ])
})

test('[B10] goods that are there already go from shelf to shelf in one event with both places: they are never in two, nor in none', async () => {
  const { db, deps } = inventory
  const { shop, item, onHands } = await given({ onHand: 5 })

  const command = aTransfer({ toLocation: shop.id, arrived: true, lines: [units(item, 5)] })
  const { transfer } = done(await sendTransfer(deps, command))

  expect(await onHands()).toEqual([0, 5])
  expect(transfer).toMatchObject({ state: 'received', lines: [{ sent: 5, received: 5 }] })
  const events = (await eventsOf(db, item.id)).filter(({ payload }) => payload.cause.reference === transfer.id)
  expect(events.map(({ payload }) => payload.changes.map(({ available = '0' }) => available).toSorted())).toEqual([
    ['0', '5'],
  ])
})

test('[B10] what arrives in parts stays on its way for the rest, which goes back when it is cancelled', async () => {
  const { deps } = inventory
  const { shop, item, onHands } = await given({ onHand: 5 })
  const transferId = await sent(item, { to: shop.name, quantity: 4 })

  const part = done(await receiveTransfer(deps, { ...call(), transferId, lines: [units(item, 1)] })).transfer
  const between = await onHands()
  const ended = done(await cancelTransfer(deps, { ...call(), transferId })).transfer

  expect([part.state, between]).toEqual(['in_flight', [1, 1]])
  expect(ended).toMatchObject({ state: 'cancelled', lines: [{ sent: 4, received: 1, returned: 3 }] })
  expect(await onHands()).toEqual([4, 1])
  expect(refusedWith(await receiveTransfer(deps, { ...call(), transferId, lines: [] }))).toMatchObject({
    reason: 'TRANSFER_ENDED',
    value: transferId,
  })
})

test('[B10] units that are promised are not sent away, and nothing of the transfer is', async () => {
  const { deps } = inventory
  const { shop, item, onHands } = await given({ onHand: 5 })
  const other = await anItem(deps, { onHand: 9 })
  const lines = [{ item: item.id, location: '', quantity: 3n }]
  done(await reserveStock(deps, { idempotencyKey: aKey(), actor: 'shop', reference: '', lines }))

  const tooMany = aTransfer({ toLocation: shop.id, lines: [units(other, 2), units(item, 3)] })
  const refusal = refusedWith(await sendTransfer(deps, tooMany))

  expect(refusal.lines).toMatchObject([
    {
      index: 1,
      reason: 'INSUFFICIENT_STOCK',
      message: `only 2 available: ${item.sku} in Default, 3 to be sent`,
      value: '3',
    },
  ])
  expect(await onHands()).toEqual([5, 0])
  expect((await levelOf(inventory.db, other.id)).onHand).toBe(9)
  expect(await sent(item, { to: shop.id, quantity: 2 })).toMatch(/^trf_/)
})

test('[B10] the same goods received by two people at once are counted once', async () => {
  const { deps } = inventory
  const { shop, item, onHands } = await given({ onHand: 5 })
  const transferId = await sent(item, { to: shop.name, quantity: 3 })
  const replicas = [deps, inventory.anotherReplica()]

  const answers = await Promise.all(
    replicas.map((replica) => receiveTransfer(replica, { ...call(), transferId, lines: [] })),
  )

  expect(answers.filter((answer) => 'transfer' in answer)).toHaveLength(1)
  expect(await onHands()).toEqual([2, 3])
})

test('[B10] transfers over three places, sent, received in parts and cancelled at once, lose and make no unit', async () => {
  const { db, deps } = inventory
  const { shop, item } = await given({ onHand: 60 })
  const barn = await aLocation(deps)
  const ways = [
    ['Default', shop.id],
    [shop.id, barn.id],
    [barn.id, 'Default'],
  ] as const

  await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const [fromLocation, toLocation] = ways[index % 3] ?? ways[0]
      const command = aTransfer({ fromLocation, toLocation, lines: [units(item, 1 + (index % 4))] })
      const answer = await sendTransfer(deps, command)
      if (!('transfer' in answer)) return
      const { id: transferId } = answer.transfer
      await receiveTransfer(deps, { ...call(), transferId, lines: [units(item, 1)] })
      if (index % 2 === 0) await cancelTransfer(deps, { ...call(), transferId })
    }),
  )

  const { rows } = await sql<{ units: number }>`
    select (select sum(on_hand) from stock_level where item_id = ${item.id})::int
         + (select sum(sent - received - returned) from transfer_line where item_id = ${item.id})::int as units`.execute(
    db,
  )
  expect(rows).toEqual([{ units: 60 }])
  expect(await unbalancedPlaces(db)).toEqual([])
})

test.each([
  ['to where they are', { toLocation: '' }, { reason: 'FIELD_INVALID', field: 'to_location' }],
  ['nowhere', { toLocation: 'Moon' }, { reason: 'LOCATION_UNKNOWN', field: 'to_location', value: 'Moon' }],
  ['without lines', { lines: [] }, { reason: 'BATCH_EMPTY' }],
])('[B10] a transfer %s is refused', async (_what, wrong, refusal) => {
  const { shop, item } = await given({ onHand: 5 })
  const command = aTransfer({ toLocation: shop.id, lines: [units(item, 1)], ...wrong })

  expect(refusedWith(await sendTransfer(inventory.deps, command))).toMatchObject(refusal)
})

test('[B10] [B13] stock that a third party keeps is neither sent nor received by a transfer', async () => {
  const { deps } = inventory
  const { item } = await given({ onHand: 5 })
  const theirs = await aLocation(deps, 'third_party')

  const refusal = refusedWith(await sendTransfer(deps, aTransfer({ toLocation: theirs.id, lines: [units(item, 1)] })))

  expect(refusal).toMatchObject({ reason: 'LOCATION_NOT_OURS', field: 'to_location', value: theirs.name })
})

test('[B10] [B6] a kit is not sent: its components are', async () => {
  const { deps } = inventory
  const { shop, item } = await given({ onHand: 5 })
  const kit = await anItem(deps)
  const components = [{ item: item.id, quantity: 2n }]
  done(await setKit(deps, { idempotencyKey: aKey(), actor: 'ann', item: kit.id, expectedVersion: 0n, components }))

  const refusal = refusedWith(await sendTransfer(deps, aTransfer({ toLocation: shop.id, lines: [units(kit, 1)] })))

  expect(refusal).toMatchObject({ reason: 'KIT_WITHOUT_STOCK', value: kit.sku })
})

test('[B10] bad lines of a transfer and of what arrived are all told, and nothing moves', async () => {
  const { deps } = inventory
  const { shop, item, onHands } = await given({ onHand: 5 })

  const lines = [units(item, 0), { item: 'NOPE', quantity: 1n }, units(item, 1), units(item, 1)]
  const sending = refusedWith(await sendTransfer(deps, aTransfer({ toLocation: shop.id, lines })))
  const transferId = await sent(item, { to: shop.id, quantity: 2 })
  const arrived = [units(item, 3), { item: 'NOPE', quantity: 1n }]
  const receiving = refusedWith(await receiveTransfer(deps, { ...call(), transferId, lines: arrived }))

  expect(sending.lines?.map(({ index, reason }) => [index, reason])).toEqual([
    [0, 'QUANTITY_INVALID'],
    [1, 'ITEM_UNKNOWN'],
    [3, 'LINE_DUPLICATE'],
  ])
  expect(receiving.lines?.map(({ message }) => message)).toEqual([
    `only 2 of ${item.sku} are on their way: 3 cannot have arrived`,
    `transfer ${transferId} holds no item "NOPE"`,
  ])
  expect(await onHands()).toEqual([3, 0])
})

test('[B10] a repeated command sends once and receives once', async () => {
  const { deps } = inventory
  const { shop, item, onHands } = await given({ onHand: 5 })
  const sending = aTransfer({ toLocation: shop.id, lines: [units(item, 3)] })

  const [first, again] = [done(await sendTransfer(deps, sending)), done(await sendTransfer(deps, sending))]
  const receiving = { ...call(), transferId: first.transfer.id, lines: [units(item, 1)] }
  done(await receiveTransfer(deps, receiving))
  done(await receiveTransfer(deps, receiving))

  expect(again).toEqual(first)
  expect(await onHands()).toEqual([2, 1])
})

test('[B10] transfers are listed by item, place and state', async () => {
  const { db, deps } = inventory
  const { shop, item } = await given({ onHand: 5 })
  const [one, two] = [await sent(item, { to: shop.id, quantity: 1 }), await sent(item, { to: shop.id, quantity: 1 })]
  done(await cancelTransfer(deps, { ...call(), transferId: one }))
  const asked = { item: '', location: '', state: undefined, page: { size: 0, token: '' } }

  const ids = async (wanted: Partial<Parameters<typeof listTransfers>[1]>) =>
    done(await listTransfers(db, { ...asked, ...wanted })).transfers.map(({ id }) => id)

  expect(await ids({ item: item.sku })).toEqual([two, one])
  expect(await ids({ location: shop.name, state: 'in_flight' })).toEqual([two])
  expect(await ids({ item: item.id, page: { size: 1, token: '' } })).toEqual([two])
})
