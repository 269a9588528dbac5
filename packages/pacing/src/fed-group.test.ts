import { expect, test } from '@jest/globals'

import { decide } from './group.ts'
import type { GroupEvent } from './group-events.ts'
import { type GroupState, newGroup } from './group-state.ts'
import { simpleGroup } from './simulation/simulated-seller.ts'

const T0 = Date.UTC(2026, 10, 21, 9)
const minute = 60_000
const stock = (available: number): GroupEvent => ({
  kind: 'desired_changed',
  inputs: simpleGroup(available),
  cause: { kind: 'stock_set', reference: null },
})
const read = (quantity: number, readAt: number): GroupEvent => ({
  kind: 'live_read',
  quantity,
  leadTimeDays: null,
  channels: ['DEFAULT'],
  readAt,
})
const sending = (version: number, epoch: number, at: number): GroupEvent => ({
  kind: 'sending',
  version,
  epoch,
  leaseUntil: at + 15_000,
  at,
})
const ended: GroupEvent = { kind: 'feed_ended', reference: 'fed_1', carriedQuantity: true }

function told(state: GroupState, steps: readonly (readonly [after: number, event: GroupEvent])[]): GroupState {
  return steps.reduce((now, [after, event]) => decide(now, event, T0 + after).state, state)
}

/** 7 is on its way in a feed that is waited for until half an hour from now. */
function inFeed(): GroupState {
  return told(newGroup(), [
    [0, stock(7)],
    [10, read(1, T0 + 10)],
    [20, sending(1, 1, T0 + 20)],
    [30, { kind: 'fed', version: 1, epoch: 1, leaseUntil: T0 + 30 * minute, submissionId: 'fed_1' }],
  ])
}

test('a write in a feed is waited for until the feed is late, and names it', () => {
  const state = inFeed()

  expect(state).toMatchObject({ word: 'in_flight', inFlight: { leaseUntil: T0 + 30 * minute } })
  expect(state.chain.submitted).toMatchObject({ quantity: 7, submissionId: 'fed_1' })
  const late = decide(state, { kind: 'tick' }, T0 + 31 * minute)
  expect(late.state).toMatchObject({ accepted: { outcome: 'unknown' }, mustSend: true })
})

test('a feed counts for its own version and epoch only', () => {
  const fed: GroupEvent = { kind: 'fed', version: 1, epoch: 2, leaseUntil: T0 + 60 * minute, submissionId: 'fed_2' }

  const { state, actions } = decide(inFeed(), fed, T0 + 40)

  expect(actions).toContainEqual({ kind: 'none', reason: 'STALE_REPLY' })
  expect(state.inFlight?.leaseUntil).toBe(T0 + 30 * minute)
})

test('[T-37] after the feed has ended the newest number goes out again, whatever Amazon shows at that moment', () => {
  const overtaken = told(inFeed(), [
    [minute, stock(3)],
    [minute + 1, { kind: 'outcome_unknown', version: 1, epoch: 1 }],
    [minute + 2, read(1, T0 + minute + 2)],
    [minute + 3, sending(2, 2, T0 + minute + 3)],
    [minute + 4, { kind: 'accepted', version: 2, epoch: 2, at: T0 + minute + 4, submissionId: null }],
    [2 * minute, read(3, T0 + 2 * minute)],
  ])
  expect(overtaken.word).toBe('in_step')

  const again = told(overtaken, [
    [3 * minute, ended],
    [3 * minute + 1, read(3, T0 + 3 * minute + 1)],
  ])

  expect(again.inFlight).toMatchObject({ phase: 'planned', quantity: 3, version: 3 })
})

test('[T-37] a write that is out when the feed ends is followed by another of the same number', () => {
  const out = told(inFeed(), [
    [minute, stock(3)],
    [minute + 1, { kind: 'outcome_unknown', version: 1, epoch: 1 }],
    [minute + 2, read(1, T0 + minute + 2)],
    [minute + 3, sending(2, 2, T0 + minute + 3)],
    [minute + 4, ended],
  ])
  expect(out.inFlight).toMatchObject({ phase: 'sending', version: 2 })

  const after = told(out, [
    [minute + 5, { kind: 'accepted', version: 2, epoch: 2, at: T0 + minute + 5, submissionId: null }],
    [minute + 6, read(3, T0 + minute + 6)],
  ])

  expect(after.inFlight).toMatchObject({ phase: 'planned', quantity: 3, version: 3 })
})

test('a SKU for which nothing is wanted sends nothing when a feed ends', () => {
  const { state } = decide(newGroup(), ended, T0)

  expect(state.inFlight).toBeNull()
})
