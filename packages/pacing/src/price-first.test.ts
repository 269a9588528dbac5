import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decide } from './group.ts'
import type { GroupAction, GroupEvent } from './group-events.ts'
import type { GroupState } from './group-state.ts'
import { newGroup } from './group-state.ts'
import { TIMINGS } from './group-timings.ts'
import { simpleGroup } from './simulation/simulated-seller.ts'

const start = Date.UTC(2026, 10, 21, 9)
const minute = 60_000

/** A group that Amazon shows at this level. */
function groupAt(level: number, stored: GroupState = newGroup()) {
  let state = stored
  let version = 0
  const tell = (event: GroupEvent, at: number): GroupAction[] => {
    const decision = decide(state, event, start + at)
    state = JSON.parse(JSON.stringify(decision.state)) as GroupState
    return decision.actions
  }
  const read = (at: number) =>
    tell({ kind: 'live_read', quantity: level, leadTimeDays: null, channels: ['DEFAULT'], readAt: start + at }, at)
  read(0)
  return {
    state: () => state,
    tell,
    read,
    have: (available: number, at: number) => {
      const cause = { kind: 'stock_adjusted', reference: null }
      return tell({ kind: 'desired_changed', inputs: simpleGroup(available), cause }, at)
    },
    price: (pending: boolean, at: number) => tell({ kind: 'price_pending', pending }, at),
    go: (at: number) => {
      version = state.inFlight?.version ?? 0
      return tell({ kind: 'sending', version, epoch: 1, leaseUntil: start + at + 15_000, at: start + at }, at)
    },
    notSent: (at: number) => tell({ kind: 'not_sent', version, epoch: 1 }, at),
    accept: (at: number) => tell({ kind: 'accepted', version, epoch: 1, at: start + at, submissionId: 's' }, at),
  }
}
const goes = (actions: GroupAction[]) => actions.some(({ kind }) => kind === 'proceed')
const heldUntil = (actions: GroupAction[]) => actions.find((action) => action.kind === 'send')?.notBefore

test('a raise from 0 waits for a pending price, and goes when that has gone', () => {
  const one = groupAt(0)
  one.price(true, 1_000)

  expect(heldUntil(one.have(5, 2_000))).toBe(start + 2_000 + TIMINGS.priceWaitMs)
  expect(one.state().next).toEqual({ action: 'wait', at: start + 602_000, reason: 'PRICE_FIRST' })
  expect(goes(one.go(3_000))).toBe(false)
  expect(heldUntil(one.price(false, 4_000))).toBeNull()
  expect(goes(one.go(4_500))).toBe(true)
})

test('it waits ten minutes at most, however many prices follow', () => {
  const one = groupAt(0)
  one.price(true, 1_000)
  one.have(5, 2_000)

  for (let at = minute; at < 10 * minute; at += minute) {
    one.price(true, at)
    one.have(5 + at / minute, at + 500)
    one.read(at + 700)
    expect(goes(one.go(at + 1_000))).toBe(false)
  }
  expect(heldUntil(one.tell({ kind: 'tick' }, 10 * minute + 2_000))).toBeNull()
  one.go(10 * minute + 2_100)
  one.read(10 * minute + 2_200)
  expect(goes(one.go(10 * minute + 2_300))).toBe(true)
})

test('a throttled raise does not wait for the price a second time', () => {
  const one = groupAt(0)
  one.price(true, 1_000)
  one.have(5, 2_000)
  one.tell({ kind: 'tick' }, 10 * minute + 2_000)
  one.go(10 * minute + 2_100)
  one.read(10 * minute + 2_200)
  one.go(10 * minute + 2_300)

  one.notSent(10 * minute + 3_000)
  one.go(10 * minute + 20_000)
  one.read(10 * minute + 20_100)

  expect(goes(one.go(10 * minute + 20_200))).toBe(true)
})

test('a raise that is planned already waits for a price that comes up before it has left', () => {
  const one = groupAt(0)
  one.have(5, 1_000)

  expect(heldUntil(one.price(true, 1_500))).toBe(start + 1_500 + TIMINGS.priceWaitMs)
  expect(goes(one.go(2_000))).toBe(false)
})

test('only a raise from 0 waits: not one from above, and no decrease', () => {
  const raise = groupAt(2)
  const decrease = groupAt(7)
  for (const one of [raise, decrease]) {
    one.price(true, 500)
    expect(heldUntil(one.have(5, 1_000))).toBeNull()
    expect(goes(one.go(1_100))).toBe(true)
  }
})

test('a state that was stored before there were prices to wait for works as before', () => {
  const { pricePending: _pending, raiseHeldSince: _since, ...older } = newGroup()

  const one = groupAt(0, older)

  expect(heldUntil(one.have(5, 1_000))).toBeNull()
  expect(goes(one.go(1_100))).toBe(true)
})

test('whatever prices and stock do, a decrease is never held and a raise no longer than ten minutes', () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 1, max: 3 * minute }),
    event: fc.oneof(
      fc.record({ price: fc.boolean() }),
      fc.record({ have: fc.nat(4) }),
      fc.record({ level: fc.constantFrom(0, 0, 3) }),
    ),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let state = newGroup()
      let at = start
      let heldSince: number | null = null
      for (const { afterMs, event } of steps) {
        at += afterMs
        const told: GroupEvent =
          'price' in event
            ? { kind: 'price_pending', pending: event.price }
            : 'have' in event
              ? {
                  kind: 'desired_changed',
                  inputs: simpleGroup(event.have),
                  cause: { kind: 'stock_adjusted', reference: null },
                }
              : { kind: 'live_read', quantity: event.level, leadTimeDays: null, channels: ['DEFAULT'], readAt: at }
        state = decide(decide(state, told, at).state, { kind: 'tick' }, at).state
        const held = state.inFlight?.notBefore ?? null
        heldSince = held === null ? null : (heldSince ?? at)
        if (held !== null) {
          expect(state.inFlight?.lane).toBe('increase')
          expect(state.pricePending).toBe(true)
          expect(held).toBeLessThanOrEqual((heldSince ?? at) + TIMINGS.priceWaitMs)
        }
      }
    }),
    {
      // Planned as less than 3; a read shows that Amazon sells nothing any more, then a price comes.
      examples: [
        [
          [
            { afterMs: 1, event: { level: 3 } },
            { afterMs: 1, event: { have: 1 } },
            { afterMs: 1, event: { level: 0 } },
            { afterMs: 1, event: { price: true } },
          ],
        ],
      ],
    },
  )
})
