import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { decide } from './group.ts'
import type { GroupAction, GroupEvent } from './group-events.ts'
import type { GroupState } from './group-state.ts'
import { newGroup } from './group-state.ts'
import { GATES } from './quantity-rules.ts'
import { simpleGroup } from './simulation/simulated-seller.ts'

const T0 = Date.UTC(2026, 10, 21, 9)

/** A message as it may arrive: late, twice, for a version or an epoch that is long gone. `at` is filled in when it is told. */
type Rough = {
  kind: GroupEvent['kind']
  number: number
  versionBack: number
  epochBack: number
  gateOpen: boolean
  after: number
}

const rough = fc.record<Rough>({
  kind: fc.constantFrom(
    'desired_changed',
    'live_read',
    'live_missing',
    'read_failed',
    'sales_recorded',
    'orders_covered',
    'sending',
    'sending',
    'accepted',
    'accepted',
    'refused',
    'not_sent',
    'outcome_unknown',
    'price_pending',
    'fed',
    'feed_ended',
    'tick',
  ),
  number: fc.integer({ min: -2, max: 12 }),
  versionBack: fc.constantFrom(0, 0, 0, 1, 2),
  epochBack: fc.constantFrom(0, 0, 0, 1),
  gateOpen: fc.constantFrom(true, true, true, false),
  after: fc.oneof(fc.nat(400), fc.nat(4_000), fc.nat(400_000)),
})

function eventOf(r: Rough, state: GroupState, { now, epoch }: { now: number; epoch: number }): GroupEvent {
  const reply = { version: (state.inFlight?.version ?? 1) - r.versionBack, epoch: epoch - r.epochBack }
  const sales = [{ at: now - 130_000, units: Math.max(0, r.number) }]
  const figures = { sales, soldSinceAccepted: Math.max(0, r.number), acceptedVersion: state.accepted?.version ?? 0 }
  const gates = GATES.map((gate) => ({ gate, open: gate !== 'orders_current' || r.gateOpen, detail: null }))
  switch (r.kind) {
    case 'desired_changed':
      return {
        kind: r.kind,
        inputs: simpleGroup(r.number, {}, { gates }),
        cause: { kind: 'stock_adjusted', reference: null },
      }
    case 'live_read':
      return { kind: r.kind, quantity: Math.max(0, r.number), leadTimeDays: null, channels: ['DEFAULT'], readAt: now }
    case 'live_missing':
      return { kind: r.kind, readAt: now }
    case 'sales_recorded':
      return { kind: r.kind, figures }
    case 'orders_covered':
      return { kind: r.kind, bound: now - 120_000, figures }
    case 'sending':
      return { kind: r.kind, version: reply.version, epoch, leaseUntil: now + 15_000, at: now }
    case 'fed':
      return { kind: r.kind, ...reply, leaseUntil: now + 1_800_000, submissionId: 'fed_1' }
    case 'feed_ended':
      return { kind: r.kind, reference: 'fed_1', carriedQuantity: r.gateOpen }
    case 'accepted':
      return { kind: r.kind, ...reply, at: now, submissionId: null }
    case 'refused':
      return { kind: r.kind, ...reply, issue: 'invalid' }
    case 'not_sent':
    case 'outcome_unknown':
      return { kind: r.kind, ...reply }
    case 'price_pending':
      return { kind: r.kind, pending: r.number > 5 }
    case 'read_failed':
    case 'tick':
      return { kind: r.kind }
    default:
      return r.kind satisfies never
  }
}

type Told = { before: GroupState; event: GroupEvent; after: GroupState; actions: GroupAction[] }

function tellAll(script: Rough[]): Told[] {
  let state = newGroup()
  let now = T0
  let epoch = 10
  return script.map((r) => {
    now += r.after
    if (r.kind === 'sending') epoch++
    const before = state
    const event = eventOf(r, state, { now, epoch })
    const { state: after, actions } = decide(state, event, now)
    state = after
    return { before, event, after, actions }
  })
}

const scripts = fc.array(rough, { minLength: 5, maxLength: 120 })

test('[R13] accepted versions never go down, in any order of messages', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const versions = tellAll(script).map(({ after }) => after.chain.accepted?.version ?? 0)
      expect(versions).toEqual(versions.toSorted((a, b) => a - b))
    }),
    { numRuns: 400 },
  )
})

test('[R13] at most one write is out: leave is given only when none is, and only under a version never used by another number', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      const numbers = new Map<number, string>()
      for (const { before, after, actions } of tellAll(script)) {
        const leave = actions.filter((a) => a.kind === 'proceed')
        expect(leave.length === 0 || before.inFlight?.phase === 'planned').toBe(true)
        for (const { version } of leave) {
          const pair = JSON.stringify([after.inFlight?.quantity, after.inFlight?.leadTimeDays])
          expect(numbers.get(version) ?? pair).toBe(pair)
          numbers.set(version, pair)
        }
      }
    }),
    { numRuns: 400 },
  )
})

test("nothing leaves while a gate is closed, for a SKU that is not plainly the merchant's, or on a guard read older than 5 s", () => {
  fc.assert(
    fc.property(scripts, (script) => {
      for (const { after, event, actions } of tellAll(script)) {
        if (!actions.some((a) => a.kind === 'proceed') || event.kind !== 'sending') continue
        expect(after.inputs?.members[0]?.gates.every((g) => g.open)).toBe(true)
        expect(after.channel?.sound).toBe(true)
        expect(after.inFlight?.freshUntil ?? Infinity).toBeGreaterThanOrEqual(event.leaseUntil - 15_000)
      }
    }),
    { numRuns: 400 },
  )
})

test('[S001-12] what Amazon shows alone never causes a write', () => {
  const settled = tellAll([])
  expect(settled).toEqual([])
  const onlyAmazon = fc.array(
    rough.filter((r) => ['live_read', 'read_failed', 'sales_recorded', 'orders_covered'].includes(r.kind)),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(onlyAmazon, (script) => {
      let state = seenAtFive()
      let now = T0
      for (const r of script) {
        const decision = decide(state, eventOf(r, state, { now: (now += r.after), epoch: 1 }), now)
        expect(decision.actions.filter((a) => a.kind === 'send' || a.kind === 'read')).toEqual([])
        state = decision.state
      }
    }),
  )
})

test('every state survives storage as JSON, and decide never touches the one it is given', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      let state = newGroup()
      let now = T0
      for (const r of script) {
        now += r.after
        const stored = JSON.stringify(state)
        const { state: after } = decide(state, eventOf(r, state, { now, epoch: 1 }), now)
        expect(JSON.stringify(state)).toBe(stored)
        expect(JSON.parse(JSON.stringify(after))).toEqual(after)
        state = after
      }
    }),
    { numRuns: 60 },
  )
})

/** Sent, accepted and seen at 5. */
function seenAtFive(): GroupState {
  const at = T0 - 3_600_000
  const tell = (state: GroupState, event: GroupEvent, later: number) => decide(state, event, at + later).state
  const read = (quantity: number, later: number) =>
    ({
      kind: 'live_read',
      quantity,
      leadTimeDays: null,
      channels: ['DEFAULT'],
      readAt: at + later,
    }) satisfies GroupEvent
  let state = tell(
    newGroup(),
    { kind: 'desired_changed', inputs: simpleGroup(5), cause: { kind: 'linked', reference: null } },
    0,
  )
  state = tell(state, read(0, 100), 100)
  state = tell(state, { kind: 'sending', version: 1, epoch: 1, leaseUntil: at + 15_000, at: at + 200 }, 200)
  state = tell(state, { kind: 'accepted', version: 1, epoch: 1, at: at + 300, submissionId: null }, 300)
  return tell(state, read(5, 11_000), 11_000)
}
