import { expect, test } from '@jest/globals'
import { decide } from './group.ts'
import type { GroupInputs } from './group-policy.ts'
import type { GroupAction, GroupEvent } from './group-events.ts'
import type { GroupState, Sale } from './group-state.ts'
import { newGroup } from './group-state.ts'
import { TIMINGS } from './group-timings.ts'
import type { GateName, QuantitySettings } from './quantity-rules.ts'
import { simpleGroup } from './simulation/simulated-seller.ts'

const T0 = Date.UTC(2026, 10, 21, 9)
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** Tells one group what happens, at seconds after T0, and keeps what it answered. Every state it gave is frozen. */
function group(start = newGroup()) {
  let state = start
  let last: GroupAction[] = []
  let version = 0
  const tell = (event: GroupEvent, at: number): GroupAction[] => {
    const decision = decide(deepFreeze(state), event, T0 + at)
    state = JSON.parse(JSON.stringify(decision.state)) as GroupState
    expect(state).toEqual(decision.state)
    last = decision.actions
    return last
  }
  const figures = (sales: Sale[]) => {
    const since = state.accepted?.at ?? Infinity
    const soldSinceAccepted = sales.filter((s) => s.at >= since).reduce((sum, s) => sum + s.units, 0)
    return { sales, soldSinceAccepted, acceptedVersion: state.accepted?.version ?? 0 }
  }
  const one = {
    state: () => state,
    tell,
    have: (available: number, at: number, settings: Partial<QuantitySettings> = {}) =>
      tell({ kind: 'desired_changed', inputs: simpleGroup(available, settings), cause: cause('stock_adjusted') }, at),
    give: (inputs: GroupInputs, at: number, kind = 'setting') =>
      tell({ kind: 'desired_changed', inputs, cause: cause(kind) }, at),
    feedEnded: (at: number, carriedQuantity: boolean) =>
      tell({ kind: 'feed_ended', reference: 'fed_1', carriedQuantity }, at),
    read: (quantity: number, at: number, leadTimeDays: number | null = null) =>
      tell({ kind: 'live_read', quantity, leadTimeDays, channels: ['DEFAULT'], readAt: T0 + at }, at),
    sold: (sales: Sale[], at: number) => tell({ kind: 'sales_recorded', figures: figures(sales) }, at),
    covered: (bound: number, sales: Sale[], at: number) =>
      tell({ kind: 'orders_covered', bound: T0 + bound, figures: figures(sales) }, at),
    go: (at: number, epoch = 1) => {
      version = state.inFlight?.version ?? 0
      return tell({ kind: 'sending', version, epoch, leaseUntil: T0 + at + 15 * SECOND, at: T0 + at }, at)
    },
    accept: (at: number, epoch = 1) => tell({ kind: 'accepted', version, epoch, at: T0 + at, submissionId: 's' }, at),
    /** Sends what is planned and lets Amazon take it. */
    push: (at: number) => {
      one.go(at)
      return one.accept(at + 100)
    },
  }
  return one
}

/** A group whose listing Amazon shows at `quantity`, sent, accepted and seen, an hour before T0. */
function seenAt(quantity: number, settings: Partial<QuantitySettings> = {}) {
  const one = group()
  one.have(quantity, -HOUR, settings)
  one.read(0, -HOUR + 200)
  if (quantity > 0) one.push(-HOUR + 300)
  one.read(quantity, -HOUR + 10_500)
  one.covered(-HOUR + 5 * MINUTE, [], -HOUR + 7 * MINUTE)
  return one
}

const cause = (kind: string) => ({ kind, reference: null })
const sale = (at: number, units = 1, reflected = true): Sale => ({ at: T0 + at, units, reflected })
const sends = (actions: GroupAction[]) => actions.filter((a) => a.kind === 'send')
const kinds = (actions: GroupAction[]) => actions.map((a) => a.kind)
const reasons = (actions: GroupAction[]) => actions.filter((a) => a.kind === 'none').map((a) => a.reason)

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}

function closeGate(inputs: GroupInputs, gate: GateName, zerosPass = false): GroupInputs {
  const members = inputs.members.map((m) => ({
    ...m,
    gates: m.gates.map((g) => (g.gate === gate ? { ...g, open: false, zerosPass } : g)),
  }))
  return { ...inputs, members }
}

test('a first write is preceded by a read and names the listing, the pair and its version', () => {
  const one = group()

  expect(one.have(5, 0)).toContainEqual({ kind: 'read', lane: 'guard', by: T0 + 2 * SECOND })
  const actions = one.read(3, 300)

  expect(sends(actions)).toEqual([
    {
      kind: 'send',
      version: 1,
      quantity: 5,
      leadTimeDays: null,
      op: 'merge',
      lane: 'increase',
      sendAs: 'lst_1',
      unguarded: false,
      since: T0,
      freshUntil: T0 + 300 + 5 * SECOND,
      notBefore: null,
    },
  ])
  expect(one.state()).toMatchObject({ word: 'waiting', next: { action: 'send', reason: 'WAITING_FOR_SLOT' } })
})

test('[S001-13] edited to 10 on Amazon: nothing is sent; one order later available is 4, and 4 replaces the 9 Amazon shows', () => {
  const one = seenAt(5)

  const order = sale(60 * SECOND)
  expect(sends(one.sold([order], 3 * MINUTE))).toEqual([])
  one.have(4, 3 * MINUTE + 50)
  const actions = one.read(9, 3 * MINUTE + 300)

  expect(sends(actions)).toMatchObject([{ quantity: 4, lane: 'decrease' }])
  expect(one.state().guard).toEqual({ live: 9, readAt: T0 + 180_300, expected: 4, unseen: 0, unguarded: false })
  one.push(3 * MINUTE + 400)
  one.read(4, 4 * MINUTE)
  expect(one.state().word).toBe('in_step')
})

test('[S001-12] a number edited on Amazon causes no write, however often it is seen; it is reported as drift', () => {
  const one = seenAt(5)

  const findings = [10, 10, 7, 7].flatMap((live, i) => one.read(live, i * MINUTE))
  findings.push(...one.covered(10 * MINUTE, [], 12 * MINUTE))

  expect(sends(findings)).toEqual([])
  expect(findings.filter((a) => a.kind === 'finding').map((f) => f.code)).toEqual(['DRIFT', 'DRIFT'])
  expect(one.state()).toMatchObject({ word: 'drift', due: null })
})

test('[S001-12] a repeated message about the same stock is no change', () => {
  const one = seenAt(5)
  one.read(10, 0)

  expect(reasons(one.have(5, MINUTE))).toEqual(['UNCHANGED'])
})

test('our next change overwrites a drift', () => {
  const one = seenAt(5)
  one.read(10, 0)

  one.have(6, MINUTE)
  const actions = one.read(10, MINUTE + 200)

  expect(sends(actions)).toMatchObject([{ quantity: 6 }])
  one.push(MINUTE + 300)
  expect(one.state().drift).toBeNull()
})

test('a number Amazon holds already is not sent', () => {
  const one = seenAt(5)

  one.sold([sale(10 * SECOND)], 3 * MINUTE)
  one.have(4, 3 * MINUTE)
  const actions = one.read(4, 3 * MINUTE + 200)

  expect(reasons(actions)).toEqual(['EQUAL_TO_LIVE'])
  expect(one.state()).toMatchObject({ word: 'in_step', desired: { quantity: 4 }, accepted: { quantity: 5 } })
})

test('units sold but not downloaded are taken off, and the group is considered again when the poll has passed the read', () => {
  const one = seenAt(10)

  one.have(15, MINUTE)
  expect(sends(one.read(8, MINUTE + 200))).toMatchObject([{ quantity: 13 }])
  one.push(MINUTE + 300)
  one.read(13, 2 * MINUTE)
  expect(kinds(one.covered(MINUTE, [], 2 * MINUTE + 1))).not.toContain('read')
  const orders = [sale(20 * SECOND), sale(40 * SECOND)]
  one.sold(orders, 5 * MINUTE)
  one.have(13, 5 * MINUTE)
  const closing = one.covered(3 * MINUTE, orders, 5 * MINUTE + 50)

  expect(kinds(closing)).not.toContain('send')
  expect(sends(one.read(13, 5 * MINUTE + 300))).toEqual([])
  expect(one.state()).toMatchObject({ word: 'in_step', falls: [], guard: { unseen: 0 } })
})

test('what the poll did not explain is drift: taken off expected, reported and no longer held back', () => {
  const one = seenAt(10)
  one.have(12, MINUTE)
  one.read(7, MINUTE + 200)
  one.push(MINUTE + 300)
  one.read(9, 2 * MINUTE)
  expect(one.state().guard).toMatchObject({ expected: 10, unseen: 3 })

  const closing = one.covered(3 * MINUTE, [], 5 * MINUTE)
  const after = one.read(9, 5 * MINUTE + 200)

  expect(closing).toContainEqual(expect.objectContaining({ kind: 'finding', code: 'DRIFT' }))
  expect(kinds(closing)).toContain('read')
  expect(sends(after)).toMatchObject([{ quantity: 12 }])
})

test('a unit found unseen stays taken off through a later write of ours', () => {
  const one = seenAt(10)
  one.have(9, MINUTE)
  expect(sends(one.read(9, MINUTE + 200))).toMatchObject([{ quantity: 8 }])
  one.push(MINUTE + 300)
  one.read(8, MINUTE + 11 * SECOND)

  one.have(8, 2 * MINUTE)
  const actions = one.read(8, 2 * MINUTE + 200)

  expect(sends(actions)).toMatchObject([{ quantity: 7 }])
  expect(one.state().guard).toMatchObject({ unseen: 1, expected: 8 })
})

test('an order is no explanation before our stock knows it: nothing it took is put back on sale', () => {
  const one = seenAt(10)
  const order = sale(30 * SECOND, 2, false)
  one.sold([order], 3 * MINUTE)
  one.tell({ kind: 'desired_changed', inputs: simpleGroup(10), cause: cause('force_update') }, 3 * MINUTE)

  one.read(8, 3 * MINUTE + 200)

  expect(one.state().guard).toMatchObject({ unseen: 2 })
  expect(one.state().word).toBe('in_step')
  one.sold([{ ...order, reflected: true }], 3 * MINUTE + 300)
  one.have(8, 3 * MINUTE + 400)
  expect(sends(one.read(8, 3 * MINUTE + 600))).toEqual([])
})

test('an order of the very second of a read is counted once: for the fall before it as far as there is room', () => {
  const one = seenAt(10)
  const [early, same] = [sale(20 * SECOND), sale(60 * SECOND)]
  one.have(11, MINUTE)
  one.read(8, MINUTE + 200)
  expect(one.state().guard).toMatchObject({ unseen: 2 })

  one.sold([early, same], 5 * MINUTE)
  one.covered(3 * MINUTE, [early, same], 5 * MINUTE)
  one.push(5 * MINUTE)

  expect(one.state().drift).toBeNull()
})

test('a 0 goes out at once, without the read', () => {
  const one = seenAt(5)

  const actions = one.have(0, MINUTE)

  expect(sends(actions)).toMatchObject([{ quantity: 0, lane: 'to_zero', unguarded: false, freshUntil: null }])
  expect(kinds(actions)).not.toContain('read')
})

test('a 0 that is there already is not sent again: shortfalls below 0 cost no writes', () => {
  const one = seenAt(1)
  one.have(0, MINUTE)
  one.push(MINUTE + 100)
  one.read(0, 2 * MINUTE)

  one.have(-2, 3 * MINUTE)
  const actions = one.read(0, 3 * MINUTE + 200)

  expect(sends(actions)).toEqual([])
  expect(one.state().word).toBe('in_step')
})

test('a read that cannot be had within 2 s: the write goes out unguarded and says so', () => {
  const one = seenAt(5)
  one.have(8, MINUTE)

  expect(sends(one.tell({ kind: 'read_failed' }, MINUTE + 300))).toEqual([])
  expect(kinds(one.tell({ kind: 'tick' }, MINUTE + 800))).toContain('read')
  const actions = one.tell({ kind: 'tick' }, MINUTE + 2 * SECOND)

  expect(sends(actions)).toMatchObject([{ quantity: 8, unguarded: true }])
  expect(one.state().guard).toMatchObject({ live: null, unguarded: true })
})

test('a guard read is used for 5 s; a slot that comes later asks for a new one first', () => {
  const one = seenAt(5)
  one.have(8, MINUTE)
  one.read(5, MINUTE + 200)

  expect(kinds(one.go(MINUTE + 6 * SECOND))).toEqual(['read', 'wait'])
  expect(sends(one.read(4, MINUTE + 6_500))).toMatchObject([{ quantity: 7, since: T0 + MINUTE }])
  expect(kinds(one.go(MINUTE + 7 * SECOND))).toContain('proceed')
})

test('ten changes while a slot is awaited are one write of the newest number', () => {
  const one = seenAt(5)
  const actions = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((n) => one.have(5 + n, MINUTE + n * 100))
  expect(actions.filter((a) => a.kind === 'read')).toHaveLength(1)
  actions.push(...one.read(5, MINUTE + 1_500))

  expect(sends(actions)).toMatchObject([{ quantity: 15 }])
})

test('what changes while a write is out waits for the reply and then goes under a higher version', () => {
  const one = seenAt(5)
  one.have(8, MINUTE)
  one.read(5, MINUTE + 200)
  one.go(MINUTE + 300)

  expect(reasons(one.have(9, MINUTE + 400))).toEqual(['COALESCED'])
  const reply = one.accept(MINUTE + 600)

  expect(sends(reply)).toMatchObject([{ quantity: 9, version: one.state().version }])
  expect(one.state().inFlight?.version).toBeGreaterThan(one.state().accepted?.version ?? Infinity)
})

test('a planned write does not leave while a newer change waits for its read', () => {
  const one = seenAt(5)
  one.have(0, MINUTE)
  expect(one.state().inFlight).toMatchObject({ phase: 'planned', quantity: 0 })
  one.have(7, MINUTE + 100)

  expect(kinds(one.go(MINUTE + 200))).not.toContain('proceed')
  expect(sends(one.read(5, MINUTE + 300))).toMatchObject([{ quantity: 7 }])
})

test('a planned write that is no longer wanted is withdrawn', () => {
  const one = seenAt(5)
  one.have(8, MINUTE)
  one.read(5, MINUTE + 200)

  const actions = one.have(5, MINUTE + 400)

  expect(kinds(actions)).toContain('withdraw')
  expect(one.state()).toMatchObject({ inFlight: null, word: 'in_step' })
})

test('[R13] a reply counts only for the version and the epoch that is out', () => {
  const one = seenAt(5)
  one.have(8, MINUTE)
  one.read(5, MINUTE + 200)
  one.go(MINUTE + 300, 7)
  const version = one.state().inFlight?.version ?? 0
  const accepted = (v: number, epoch: number) =>
    one.tell({ kind: 'accepted', version: v, epoch, at: T0 + MINUTE + 500, submissionId: null }, MINUTE + 500)

  expect(reasons(accepted(version, 6))).toEqual(['STALE_REPLY'])
  expect(reasons(accepted(version - 1, 7))).toEqual(['STALE_REPLY'])
  expect(one.state().accepted?.quantity).toBe(5)
  accepted(version, 7)
  expect(one.state().accepted?.quantity).toBe(8)
})

test('[R13] past its lease a write is unknown: the newest goes out under a new version, and Amazon is read 60 s later', () => {
  const one = seenAt(5)
  one.have(8, MINUTE)
  one.read(5, MINUTE + 200)
  one.go(MINUTE + 300)
  const lost = one.state().inFlight?.version ?? 0

  const waiting = one.tell({ kind: 'tick' }, MINUTE + 14 * SECOND)
  const expired = one.tell({ kind: 'tick' }, MINUTE + 16 * SECOND)

  expect(waiting).toContainEqual(expect.objectContaining({ kind: 'wait', until: T0 + MINUTE + 15_300 }))
  expect(kinds(expired)).toContain('read')
  expect(one.state()).toMatchObject({ word: 'unknown', guard: expect.anything() })
  expect(reasons(one.accept(MINUTE + 17 * SECOND))).toEqual(['STALE_REPLY'])
  const again = sends(one.read(5, MINUTE + 17_500))
  expect(again).toMatchObject([{ quantity: 8 }])
  expect(again[0]?.version).toBeGreaterThan(lost)
  expect(kinds(one.tell({ kind: 'tick' }, MINUTE + 77 * SECOND))).toContain('read')
})

test('[R13] after an unknown outcome the newest is sent even when Amazon shows that very number already', () => {
  const one = seenAt(5)
  one.have(8, MINUTE)
  one.read(5, MINUTE + 200)
  one.go(MINUTE + 300)
  one.have(5, MINUTE + 400)
  one.tell({ kind: 'tick' }, MINUTE + 16 * SECOND)

  expect(sends(one.read(5, MINUTE + 17 * SECOND))).toMatchObject([{ quantity: 5 }])
})

test('a cut connection after the write: the next number never puts back what Amazon sold meanwhile', () => {
  const one = seenAt(10)
  one.have(12, MINUTE)
  one.read(10, MINUTE + 200)
  one.go(MINUTE + 300)
  one.tell({ kind: 'outcome_unknown', version: one.state().inFlight?.version ?? 0, epoch: 1 }, MINUTE + 10 * SECOND)

  const actions = one.read(11, MINUTE + 11 * SECOND)

  expect(sends(actions)).toMatchObject([{ quantity: 11 }])
})

test('[T-30] INVALID is permanent for these values and this data, and its text is kept', () => {
  const one = seenAt(5)
  one.have(8, MINUTE)
  one.read(5, MINUTE + 200)
  one.go(MINUTE + 300)
  const version = one.state().inFlight?.version ?? 0
  one.tell({ kind: 'refused', version, epoch: 1, issue: '90220: productType is required' }, MINUTE + 500)

  expect(one.state()).toMatchObject({
    word: 'refused',
    refused: { quantity: 8, issue: '90220: productType is required' },
  })
  one.give(simpleGroup(8, { maxListed: { value: 8, from: 'listing' } }), 2 * MINUTE)
  expect(reasons(one.read(5, 2 * MINUTE + 200))).toEqual(['REFUSED'])
  one.give({ ...simpleGroup(8), dataVersion: '2' }, 3 * MINUTE)
  expect(sends(one.read(5, 3 * MINUTE + 200))).toMatchObject([{ quantity: 8 }])
})

test('a throttled write goes back in line with its version and its age', () => {
  const one = seenAt(5)
  one.have(8, MINUTE)
  one.read(5, MINUTE + 200)
  one.go(MINUTE + 300)
  const version = one.state().inFlight?.version ?? 0

  const actions = one.tell({ kind: 'not_sent', version, epoch: 1 }, MINUTE + 500)

  expect(sends(actions)).toMatchObject([{ version, quantity: 8, since: T0 + MINUTE }])
  expect(kinds(one.go(MINUTE + 700, 2))).toContain('proceed')
})

test('[T-29] an accepted write is read back at +10 s, +1, +5, +15 and +30 min, sent again once, then flagged unverified', () => {
  const one = seenAt(5)
  one.have(8, 0)
  one.read(5, 100)
  one.push(200)
  const readsAt: number[] = []
  const resends: number[] = []
  const findings: string[] = []
  for (let at = 300; at < 75 * MINUTE; at += 5 * SECOND) {
    const actions = one.tell({ kind: 'tick' }, at)
    if (actions.some((a) => a.kind === 'read')) {
      readsAt.push(Math.round((at - 300) / SECOND))
      actions.push(...one.read(5, at + 100))
    }
    findings.push(...actions.filter((a) => a.kind === 'finding').map((f) => f.code))
    if (sends(actions).length > 0) {
      resends.push(Math.round(at / MINUTE))
      one.push(at + 200)
    }
  }

  expect(readsAt.slice(0, 5)).toEqual([10, 60, 300, 900, 1_800])
  expect(resends).toEqual([31])
  expect(findings).toEqual(['UNVERIFIED'])
  expect(one.state()).toMatchObject({ word: 'unverified', next: { reason: 'UNVERIFIED' } })
})

test('a level below what was sent may be a sale in flight: without a poll past the read it is no reason to send again', () => {
  const one = seenAt(5)
  one.have(8, 0)
  one.read(5, 100)
  one.push(200)
  const actions: GroupAction[] = []
  for (let at = MINUTE; at < 2 * HOUR; at += MINUTE) {
    const told = one.tell({ kind: 'tick' }, at)
    if (kinds(told).includes('read')) told.push(...one.read(7, at + 100))
    actions.push(...told)
  }

  expect(sends(actions)).toEqual([])
  expect(one.covered(2 * HOUR - 2 * MINUTE, [], 2 * HOUR)).toContainEqual(expect.objectContaining({ kind: 'seen' }))
})

test('seen = what was sent, less units of orders created since', () => {
  const one = seenAt(5)
  one.have(8, 0)
  one.read(5, 100)
  one.push(200)

  expect(kinds(one.read(7, MINUTE))).not.toContain('seen')
  expect(one.state().word).toBe('accepted')
  const judged = one.covered(90 * SECOND, [sale(30 * SECOND)], 4 * MINUTE)

  expect(judged).toContainEqual(expect.objectContaining({ kind: 'seen', quantity: 7 }))
})

test('a write on its way is not mistaken for the level before it: the same number is not sent twice, another one is', () => {
  const one = seenAt(5)
  one.have(6, 0)
  one.read(5, 100)
  one.push(200)

  const same = one.give(simpleGroup(6, { maxListed: { value: 6, from: 'listing' } }), SECOND)
  const other = one.have(5, 2 * SECOND)

  expect(reasons(same)).toEqual(['ALREADY_ACCEPTED'])
  expect(sends(other)).toMatchObject([{ quantity: 5 }])
})

test('an older write that lands late is not taken for sales of the newer one', () => {
  const one = seenAt(0)
  one.have(5, 0)
  one.read(0, 100)
  one.push(200)
  one.have(7, SECOND)
  one.push(SECOND + 100)

  one.have(8, 8 * SECOND)
  const actions = one.read(5, 8 * SECOND + 100)

  expect(sends(actions)).toMatchObject([{ quantity: 8 }])
})

test('nothing leaves through a closed gate; the change is remembered until it opens', () => {
  const one = seenAt(5)
  const closed = closeGate(simpleGroup(9), 'orders_current')

  expect(reasons(one.give(closed, MINUTE, 'stock_adjusted'))).toEqual(['GATE_CLOSED'])
  expect(one.state()).toMatchObject({ word: 'gated', computation: { gatedBy: 'orders_current' } })
  one.give(simpleGroup(9), 2 * MINUTE, 'gate')
  expect(sends(one.read(5, 2 * MINUTE + 100))).toMatchObject([{ quantity: 9 }])
})

test('[S001-12] a gate that only closes and opens again causes no write', () => {
  const one = seenAt(5)
  one.give(closeGate(simpleGroup(5), 'orders_current'), MINUTE, 'gate')

  expect(reasons(one.give(simpleGroup(5), 2 * MINUTE, 'gate'))).toEqual(['UNCHANGED'])
})

test('a planned write does not survive the closing of a gate', () => {
  const one = seenAt(5)
  one.have(9, MINUTE)
  one.read(5, MINUTE + 100)

  expect(kinds(one.give(closeGate(simpleGroup(9), 'not_paused'), MINUTE + 200, 'paused'))).toContain('withdraw')
  expect(reasons(one.go(MINUTE + 300))).toEqual(['STALE_REPLY'])
})

test('a soft pause lets a 0 through and nothing else; a hard one not even that', () => {
  const soft = seenAt(5)
  expect(sends(soft.give(closeGate(simpleGroup(0), 'not_paused', true), MINUTE))).toMatchObject([{ quantity: 0 }])
  expect(reasons(seenAt(5).give(closeGate(simpleGroup(3), 'not_paused', true), MINUTE))).toEqual(['GATE_CLOSED'])
  expect(reasons(seenAt(5).give(closeGate(simpleGroup(0), 'not_paused'), MINUTE))).toEqual(['GATE_CLOSED'])
})

test("[T-28] the FBA guard: a SKU with any channel but the merchant's own is marked and gets no quantity, not even 0", () => {
  for (const channels of [['AMAZON_EU'], ['DEFAULT', 'AMAZON_EU'], []]) {
    const one = group()
    one.have(0, 0)
    const actions = one.tell({ kind: 'live_read', quantity: 7, leadTimeDays: null, channels, readAt: T0 }, 100)

    expect(sends(actions)).toEqual([])
    expect(actions).toContainEqual(expect.objectContaining({ kind: 'finding', code: 'NOT_MERCHANT_FULFILLED' }))
    expect(one.state()).toMatchObject({ word: 'gated', next: { reason: 'NOT_MERCHANT_FULFILLED' } })
  }
})

test('a SKU Amazon does not know gets nothing', () => {
  const one = group()
  one.have(5, 0)

  const actions = one.tell({ kind: 'live_missing', readAt: T0 }, 100)

  expect(sends(actions)).toEqual([])
  expect(one.state().next.reason).toBe('SKU_NOT_FOUND')
})

test('the FBA guard: without a read of the last 24 hours nothing goes out, not even a 0, and the read is asked for ever more slowly', () => {
  const one = seenAt(5)
  const at = 25 * HOUR
  const gaps: number[] = []
  let lastRead = at
  one.have(0, at)
  for (let now = at; now < at + 5 * MINUTE; now += SECOND) {
    const actions = one.tell({ kind: 'tick' }, now)
    expect(sends(actions)).toEqual([])
    if (kinds(actions).includes('read')) {
      gaps.push((now - lastRead) / SECOND)
      lastRead = now
    }
  }

  expect(gaps.slice(0, 6)).toEqual([2, 4, 8, 16, 32, 60])
  expect(sends(one.read(5, at + 6 * MINUTE))).toMatchObject([{ quantity: 0 }])
})

test('[T-32] a lead time that changes goes out with the current quantity, merged', () => {
  const one = seenAt(5)

  one.have(5, MINUTE, { leadTimeDays: { value: 3, from: 'listing' } })
  expect(sends(one.read(5, MINUTE + 100))).toMatchObject([{ quantity: 5, leadTimeDays: 3, op: 'merge' }])
})

test('a lead time we sent is cleared once, by replace; one we never sent is left alone', () => {
  const one = seenAt(5, { leadTimeDays: { value: 3, from: 'listing' } })
  one.have(5, MINUTE)
  expect(sends(one.read(5, MINUTE + 100, 3))).toMatchObject([{ quantity: 5, leadTimeDays: null, op: 'replace' }])
  one.push(MINUTE + 200)
  one.read(5, 2 * MINUTE)

  one.have(6, 3 * MINUTE)
  expect(sends(one.read(5, 3 * MINUTE + 100, 9))).toMatchObject([{ quantity: 6, op: 'merge' }])

  const other = seenAt(5)
  other.have(6, MINUTE)
  expect(sends(other.read(5, MINUTE + 100, 4))).toMatchObject([{ quantity: 6, leadTimeDays: null, op: 'merge' }])
})

test('Force Update is considered though nothing changed, and sends only what differs from Amazon', () => {
  const one = seenAt(5)
  one.give(simpleGroup(5), MINUTE, 'force_update')
  expect(reasons(one.read(5, MINUTE + 100))).toEqual(['EQUAL_TO_LIVE'])

  one.read(9, 2 * MINUTE)
  one.give(simpleGroup(5), 3 * MINUTE, 'force_update')
  expect(sends(one.read(9, 3 * MINUTE + 100))).toMatchObject([{ quantity: 5, lane: 'increase' }])
})

test('[S001-12] a number that was right when it was first seen, and that somebody raises on Amazon, is drift although we never wrote it', () => {
  const one = group()
  one.have(14, 0)
  expect(reasons(one.read(14, 300))).toEqual(['EQUAL_TO_LIVE'])

  const edited = one.read(55, MINUTE)

  expect(sends(edited)).toEqual([])
  expect(edited).toContainEqual(expect.objectContaining({ kind: 'finding', code: 'DRIFT' }))
  expect(one.state()).toMatchObject({ word: 'drift', drift: { kind: 'outside_edit_up', live: 55, expected: 14 } })
  expect(one.read(55, 2 * MINUTE)).not.toContainEqual(expect.objectContaining({ kind: 'finding' }))

  one.read(14, 3 * MINUTE)
  expect(one.state()).toMatchObject({ word: 'in_step', drift: null })
})

test('[S002-11] what Force Update sends once more is no urgent write; a change that came with it is', () => {
  const one = seenAt(5)
  one.read(9, MINUTE)
  one.give(simpleGroup(5), 2 * MINUTE, 'force_update')
  expect(sends(one.read(9, 2 * MINUTE + 100))).toMatchObject([{ quantity: 5, lane: 'increase' }])

  const other = seenAt(5)
  other.give(simpleGroup(3), MINUTE, 'force_update')
  expect(sends(other.read(5, MINUTE + 100))).toMatchObject([{ quantity: 3, lane: 'decrease' }])
})

test('sales that can explain nothing any more are not kept, however long nothing is written', () => {
  const one = seenAt(900)
  let sales: Sale[] = []
  for (let day = 0; day < 30; day++) {
    const at = day * 24 * HOUR
    sales = [...sales, ...Array.from({ length: 10 }, (_, i) => sale(at + i * MINUTE))]
    one.sold(sales, at + HOUR)
    one.have(900 - sales.length, at + HOUR)
    one.read(900 - sales.length, at + HOUR + 100)
    one.covered(at + 2 * HOUR, sales, at + 2 * HOUR + 2 * MINUTE)
  }

  expect(one.state()).toMatchObject({
    word: 'in_step',
    guard: { expected: 600, unseen: 0 },
    accepted: { quantity: 900 },
  })
  expect(one.state().sales.length).toBeLessThanOrEqual(10)
})

test('an old read does not undo a newer one', () => {
  const one = seenAt(5)
  one.read(4, 2 * MINUTE)

  expect(reasons(one.read(9, MINUTE))).toEqual(['STALE_READ'])
  expect(one.state().live?.quantity).toBe(4)
})

test('a read is asked to be repeated by a tick at the moment the machine names', () => {
  const one = seenAt(5)

  expect(one.have(6, MINUTE)).toContainEqual({
    kind: 'wait',
    until: T0 + MINUTE + TIMINGS.guardWaitMs,
    reason: 'GUARD_READ',
  })
})

test('[T-37] after a stock feed the newest number goes out again, even when Amazon shows it already', () => {
  const one = seenAt(5)

  one.feedEnded(0, true)
  const actions = one.read(5, 300)

  expect(sends(actions)).toMatchObject([{ quantity: 5, version: 2 }])
})

test('[T-37] after a stock feed that put sold units back the lower number is urgent, after a content feed a repeat is not', () => {
  const overwritten = seenAt(5)
  const untouched = seenAt(5)
  for (const one of [overwritten, untouched]) {
    one.have(3, 0)
    one.read(5, 100)
    one.push(200)
  }

  overwritten.feedEnded(MINUTE, true)
  untouched.feedEnded(MINUTE, false)

  expect(sends(overwritten.read(5, MINUTE + 100))).toMatchObject([{ quantity: 3, lane: 'decrease' }])
  expect(sends(untouched.read(5, MINUTE + 100))).toMatchObject([{ quantity: 3, lane: 'increase' }])
})

test('a lower number than the one that is repeated after a content feed is urgent', () => {
  const one = seenAt(5)
  one.have(3, 0)
  one.read(5, 100)
  one.push(200)

  one.feedEnded(MINUTE, false)
  one.have(1, MINUTE + 50)

  expect(sends(one.read(5, MINUTE + 100))).toMatchObject([{ quantity: 1, lane: 'decrease' }])
})

test('less than a raise that Amazon has accepted and does not show yet is urgent', () => {
  const one = seenAt(0)
  one.have(9, 0)
  one.read(0, 100)
  one.push(200)

  const actions = one.have(8, 1_000)

  expect(sends(actions)).toMatchObject([{ quantity: 8, lane: 'decrease' }])
})
