import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decide } from './group.ts'
import type { GroupInputs } from './group-policy.ts'
import { groupNumber } from './group-policy.ts'
import type { GroupEvent, HoldStatement } from './group-events.ts'
import type { GroupState, Sale } from './group-state.ts'
import { newGroup } from './group-state.ts'
import { fallsSpan, heldUnits, statedHold } from './holds.ts'
import { simpleGroup } from './simulation/simulated-seller.ts'

const T0 = Date.UTC(2026, 10, 28, 9)
const place = { listingId: 'lst_1', itemId: 'itm_1', locationId: 'loc_1' }

/** A SKU in step at `live`, seen at T0; tells it events at seconds after T0 and keeps what it states. */
function listed(live: number, available = live, inputs: Partial<GroupInputs> = {}) {
  let state: GroupState = newGroup()
  const stated: HoldStatement[] = []
  const tell = (event: GroupEvent, atS: number) => {
    const decision = decide(state, event, T0 + atS * 1_000)
    state = decision.state
    stated.push(...decision.actions.flatMap((action) => (action.kind === 'hold' ? [action.hold] : [])))
    return decision.actions
  }
  const sight = (quantity: number, atS: number) =>
    tell({ kind: 'live_read', quantity, leadTimeDays: null, channels: ['DEFAULT'], readAt: T0 + atS * 1_000 }, atS)
  const ours = (figures: { available: number; held?: number }, atS: number) =>
    tell(
      {
        kind: 'desired_changed',
        inputs: { ...simpleGroup(figures.available, {}, { held: figures.held ?? 0 }), holdAt: place, ...inputs },
        cause: { kind: 'test', reference: null },
      },
      atS,
    )
  const poll = (boundS: number, sales: Sale[], atS: number) =>
    tell({ kind: 'orders_covered', bound: T0 + boundS * 1_000, figures: figuresOf(sales) }, atS)
  ours({ available }, 0)
  sight(live, 0)
  return { state: () => state, stated, tell, sight, ours, poll }
}

const figuresOf = (sales: Sale[]) => ({ sales, soldSinceAccepted: 0, acceptedVersion: 0 })
const sale = (atS: number, units = 1): Sale => ({ at: T0 + atS * 1_000, units })

test('what Amazon sold and nobody downloaded is stated as a hold at the order location, once', () => {
  const sku = listed(10)

  sku.sight(7, 60)
  sku.tell({ kind: 'tick' }, 61)
  sku.sight(7, 70)

  expect(sku.stated).toMatchObject([{ place, units: 3, reason: 'unseen', falls: [{ to: 7, from: { quantity: 10 } }] }])
  expect(heldUnits(sku.stated[0]?.falls ?? [], [])).toBe(3)
  expect(statedHold(sku.state())).toMatchObject({ version: sku.stated[0]?.version, units: 3 })
})

const number = (figures: { available: number; held?: number }, unseen: number) =>
  groupNumber(simpleGroup(figures.available, {}, { held: figures.held ?? 0 }), unseen, null)

test('unseen counts only what no hold covers yet: before, while and after the hold is in the figure the number is the same', () => {
  expect(number({ available: 10 }, 3)).toMatchObject({ number: 7 })
  expect(number({ available: 7, held: 3 }, 3)).toMatchObject({ number: 7 })
  expect(number({ available: 7, held: 3 }, 5)).toMatchObject({ number: 5 })
  // An order took one of them: reserved instead of held.
  expect(number({ available: 7, held: 2 }, 2)).toMatchObject({ number: 7 })
  // A poll found that no order explains it: it counts again before the released figure is back.
  expect(number({ available: 7, held: 3 }, 0)).toMatchObject({ number: 10 })
  expect(number({ available: -1, held: 3 }, 0)).toMatchObject({ number: 2 })
})

test('[S001-12] the own hold is no change of ours: a listing whose number somebody lowered on Amazon is left alone', () => {
  const sku = listed(3, 200, {})
  const capped = { maxListed: { value: 3, from: 'listing' as const } }
  const ours = (available: number, held: number, atS: number) => {
    const inputs = { ...simpleGroup(available, capped, { held }), holdAt: place }
    return sku.tell({ kind: 'desired_changed', inputs, cause: { kind: 'held', reference: null } }, atS)
  }
  ours(200, 0, 1)
  sku.sight(3, 2)

  sku.sight(1, 60)
  const answer = ours(198, 2, 61)

  expect(sku.stated).toMatchObject([{ units: 2 }])
  expect(answer).toMatchObject([{ kind: 'none', reason: 'UNCHANGED' }])
})

test('the first poll whose bound lies past the read releases the hold: explained by its orders, or as drift', () => {
  const explained = listed(10)
  explained.sight(7, 60)
  explained.poll(60, [sale(30, 3)], 100)
  expect(explained.stated.at(-1)).toMatchObject({ units: 3 })
  explained.poll(61, [sale(30, 3)], 200)
  expect(explained.stated.at(-1)).toMatchObject({ units: 0, falls: [], reason: 'explained' })

  const drifted = listed(10)
  drifted.sight(7, 60)
  drifted.poll(61, [sale(30, 1)], 200)
  expect(drifted.stated.at(-1)).toMatchObject({ units: 0, falls: [], reason: 'drift' })
  expect(drifted.state().drift).toMatchObject({ live: 7 })
})

test('an order that our stock does not contain yet keeps the hold, whatever the poll says', () => {
  const sku = listed(10)
  sku.sight(9, 60)

  sku.poll(100, [{ ...sale(30), reflected: false }], 200)
  expect(sku.stated.at(-1)).toMatchObject({ units: 1 })
  sku.poll(160, [sale(30)], 260)

  expect(sku.stated.at(-1)).toMatchObject({ units: 0, reason: 'explained' })
  expect(sku.state().drift).toBeNull()
})

test('a hold is kept through later writes, moves with the order location and ends with the link', () => {
  const sku = listed(10)
  sku.sight(8, 60)
  sku.ours({ available: 25, held: 2 }, 61)
  sku.sight(8, 61)
  sku.tell({ kind: 'sending', version: sku.state().version, epoch: 1, leaseUntil: T0 + 80_000, at: T0 + 62_000 }, 62)
  sku.tell({ kind: 'accepted', version: sku.state().version, epoch: 1, at: T0 + 63_000, submissionId: 's' }, 63)
  expect(sku.state().accepted).toMatchObject({ quantity: 25 })
  expect(statedHold(sku.state())).toMatchObject({ units: 2, falls: [{ to: 8 }] })

  const elsewhere = { ...place, locationId: 'loc_2' }
  const moved = { ...simpleGroup(25), holdAt: elsewhere }
  sku.tell({ kind: 'desired_changed', inputs: moved, cause: { kind: 'mapping_changed', reference: null } }, 64)
  expect(sku.stated.at(-1)).toMatchObject({ place: elsewhere, units: 2, reason: 'moved' })
  const gone = { ...simpleGroup(25), holdAt: null }
  sku.tell({ kind: 'desired_changed', inputs: gone, cause: { kind: 'unlinked', reference: null } }, 65)
  expect(sku.stated.at(-1)).toMatchObject({ place: null, falls: [], units: 0, reason: 'moved' })
})

test('versions rise even when the state came back from an older copy', () => {
  const sku = listed(10)
  sku.sight(8, 60)
  const restored = { ...sku.state(), hold: { ...(sku.state().hold ?? { place, falls: '', until: 0 }), version: 3 } }

  const { actions } = decide(
    restored,
    { kind: 'live_read', quantity: 7, leadTimeDays: null, channels: ['DEFAULT'], readAt: T0 + 90_000 },
    T0 + 90_000,
  )

  expect(actions).toContainEqual(expect.objectContaining({ kind: 'hold' }))
  const [again] = actions.flatMap((action) => (action.kind === 'hold' ? [action.hold] : []))
  expect(again?.version).toBeGreaterThan(sku.stated[0]?.version ?? Infinity)
})

test('falls that downloaded orders explain already are nobody’s news', () => {
  const sku = listed(10)
  sku.tell({ kind: 'sales_recorded', figures: figuresOf([sale(60, 2)]) }, 61)

  sku.sight(8, 60)

  expect(sku.state().falls).toHaveLength(1)
  expect(sku.stated).toEqual([])
})

test('the span of the falls is where sales can explain them, in Amazon’s whole seconds', () => {
  const level = { quantity: 10, at: T0 + 400, usedUnits: 0 }
  expect(fallsSpan([])).toBeUndefined()
  expect(fallsSpan([{ from: level, to: 8, readAt: T0 + 5_300 }])).toEqual({ from: T0, until: T0 + 5_999 })
})

/** The stock books as inventory keeps them: of a SKU the newest statement counts, of an order its newest revision. */
function books() {
  let newest: HoldStatement | undefined
  const orders = new Map<number, Sale>()
  return {
    take(message: { hold: HoldStatement } | { order: number; sale: Sale }) {
      if ('order' in message) orders.set(message.order, message.sale)
      else if (!newest || newest.version < message.hold.version) newest = message.hold
    },
    held: () => (newest?.place ? heldUnits(newest.falls, [...orders.values()]) : 0),
    reserved: () => [...orders.values()].reduce((sum, { units }) => sum + units, 0),
  }
}

const script = fc.array(fc.record({ atS: fc.integer({ min: 1, max: 600 }), units: fc.integer({ min: 1, max: 3 }) }), {
  minLength: 1,
  maxLength: 12,
})

test('[R03] [R08] holds, releases, orders and polls in any order, up to five times each, end as in order, and no unit is counted twice on the way', () => {
  const reads = fc.uniqueArray(fc.integer({ min: 1, max: 660 }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(script, reads, fc.infiniteStream(fc.nat(1_000)), (sold, readsAtS, dice) => {
      const { messages, soldBy } = history(sold, readsAtS)
      const roll = () => Number(dice.next().value)
      const shuffled = messages
        .flatMap((message) => Array.from({ length: 1 + (roll() % 5) }, () => message))
        .map((message) => ({ message, key: roll() }))
        .toSorted((a, b) => a.key - b.key)
      const inOrder = books()
      for (const message of messages) inOrder.take(message)
      const anyhow = books()
      for (const { message } of shuffled) {
        anyhow.take(message)
        expect(anyhow.held() + anyhow.reserved()).toBeLessThanOrEqual(soldBy(Infinity))
      }

      expect(inOrder.held()).toBe(0)
      expect([anyhow.held(), anyhow.reserved()]).toEqual([inOrder.held(), inOrder.reserved()])
    }),
    { numRuns: 500 },
  )
})

/** A SKU that sells and is read now and then, and whose orders come with one poll at the end: what the planner states of it and what is booked. */
function history(sold: { atS: number; units: number }[], readsAtS: number[]) {
  const stock = 100
  const soldBy = (atS: number) => sold.filter((one) => one.atS <= atS).reduce((sum, { units }) => sum + units, 0)
  const sku = listed(stock)
  for (const atS of readsAtS.toSorted((a, b) => a - b)) sku.sight(stock - soldBy(atS), atS)
  const sales = sold.map(({ atS, units }) => sale(atS, units))
  sku.poll(700, sales, 720)
  const orders = sales.map((one, order) => ({ order, sale: one }))
  return { messages: [...sku.stated.map((hold) => ({ hold })), ...orders], soldBy }
}
