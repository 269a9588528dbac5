import { Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createLogger } from '@lockstep/telemetry/logger'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { aKey, anItem, done, openInventory, type InventoryFixture } from '../../test/inventory-fixture.ts'
import { reserveStock } from '../commands/reserve-stock.ts'
import { listIncidents } from '../queries/list-incidents.ts'
import { checkFrom, startBalanceCheck } from './balance-check.ts'

let inventory: InventoryFixture

beforeAll(async () => {
  inventory = await openInventory()
})
afterAll(async () => inventory[Symbol.asyncDispose]())

function aLog() {
  const lines: string[] = []
  const destination = new Writable({ write: (chunk, _, written) => (lines.push(String(chunk)), written()) })
  return { log: createLogger('inventory', { destination }), lines }
}

const wholeRound = async () => {
  const { log, lines } = aLog()
  await checkFrom(0, { db: inventory.db, log, budgetMs: 60_000 })
  return lines
}

test('[R10] a level that was changed past the ledger is found and named by its SKU', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const before = await wholeRound()

  await sql`update stock_level set on_hand = 6 where item_id = ${item.id}`.execute(db)

  expect(before).toEqual([])
  const [line, ...more] = await wholeRound()
  expect(more).toEqual([])
  expect(JSON.parse(line ?? '')).toMatchObject({
    level: 'error',
    msg: 'level and ledger differ',
    sku: item.sku,
    on_hand: 6,
    ledger_on_hand: 5,
  })
  await sql`update stock_level set on_hand = 5 where item_id = ${item.id}`.execute(db)
})

test('[R10] a lost ledger entry is found', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })

  await sql`alter table stock_movement disable trigger stock_movement_append_only`.execute(db)
  await sql`delete from stock_movement where item_id = ${item.id}`.execute(db)
  await sql`alter table stock_movement enable trigger stock_movement_append_only`.execute(db)

  expect((await wholeRound()).join()).toContain(item.sku)
  await sql`update stock_level set on_hand = 0 where item_id = ${item.id}`.execute(db)
})

test('[R10] units reserved for nobody are found', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const lines = [{ item: item.id, location: '', quantity: 2n }]
  const command = { idempotencyKey: aKey(), actor: 'shop', reference: '', lines }
  const { reservationId } = done(await reserveStock(deps, command))
  const before = await wholeRound()

  await sql`update reservation set released_at = now() where id = ${reservationId}`.execute(db)

  expect(before).toEqual([])
  expect((await wholeRound()).map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { sku: item.sku, reserved: 2, ledger_reserved: 2, claimed: 0 },
  ])
  await sql`update reservation set released_at = null where id = ${reservationId}`.execute(db)
})

test('[R10] what is found stays open as an incident with its figures until the books add up again', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const open = async () =>
    done(
      await listIncidents(db, { item: item.id, kind: undefined, includeClosed: false, page: { size: 0, token: '' } }),
    ).incidents
  await sql`update stock_level set on_hand = 6 where item_id = ${item.id}`.execute(db)

  await wholeRound()
  await wholeRound()
  const found = await open()
  await sql`update stock_level set on_hand = 5 where item_id = ${item.id}`.execute(db)
  await wholeRound()

  expect(found).toMatchObject([{ kind: 'unbalanced', itemSku: item.sku, units: 1, cause: { kind: 'books_checked' } }])
  expect(found[0]?.cause.note).toContain('on hand 6, its ledger 5')
  expect(await open()).toEqual([])
})

test('[R10] units held back for no hold are an incident that says what level, ledger and holds each keep', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const wanted = { item: item.id, kind: undefined, includeClosed: false, page: { size: 0, token: '' } }
  await sql`update stock_level set held = 3 where item_id = ${item.id}`.execute(db)

  await wholeRound()
  const found = done(await listIncidents(db, wanted)).incidents
  await sql`update stock_level set held = 0 where item_id = ${item.id}`.execute(db)
  await wholeRound()

  expect(found).toMatchObject([{ kind: 'unbalanced', units: 3 }])
  expect(found[0]?.cause.note).toContain('held 3, its ledger 0, its holds 0')
  expect(done(await listIncidents(db, wanted)).incidents).toEqual([])
})

test('[R10] a shortage that came about past this service gets its incident, and one that has gone loses it', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const kinds = async () => {
    const wanted = { item: item.id, kind: undefined, includeClosed: false, page: { size: 0, token: '' } }
    return done(await listIncidents(db, wanted)).incidents.map(({ kind, units }) => [kind, units])
  }
  await sql`update stock_level set on_hand = -2 where item_id = ${item.id}`.execute(db)

  await wholeRound()
  const short = await kinds()
  await sql`update stock_level set on_hand = 5 where item_id = ${item.id}`.execute(db)
  await wholeRound()

  expect(short).toEqual(
    expect.arrayContaining([
      ['oversell', 2],
      ['shortfall', 2],
    ]),
  )
  expect(await kinds()).toEqual([])
})

test('a round that runs out of time goes on where it stopped', async () => {
  const { log } = aLog()

  const next = await checkFrom(7, { db: inventory.db, log, budgetMs: -1 })

  expect(next).toBe(7)
})

test('[R10] rounds come by themselves', async () => {
  const { db, deps } = inventory
  const item = await anItem(deps, { onHand: 5 })
  const { log, lines } = aLog()
  await sql`update stock_level set on_hand = 6 where item_id = ${item.id}`.execute(db)

  await using _ = startBalanceCheck({ db, log, everyMs: 20 })

  await eventually(() => expect(lines.join()).toContain(item.sku))
  await sql`update stock_level set on_hand = 5 where item_id = ${item.id}`.execute(db)
})
