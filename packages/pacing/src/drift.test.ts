import { expect, test } from '@jest/globals'
import { driftOf, reviewDrift } from './drift.ts'
import type { Draft } from './group-events.ts'
import { type GroupState, newGroup } from './group-state.ts'

/** A SKU that was sent 10 and has shown it; `more` changes what matters. */
function aSeenTen(more: Partial<GroupState> = {}): GroupState {
  const sent = { quantity: 10, leadTimeDays: null, version: 3, at: 1_000_000, since: 1_000_000 }
  return {
    ...newGroup(),
    accepted: { ...sent, submissionId: 's', outcome: 'accepted' },
    live: { quantity: 10, leadTimeDays: null, readAt: 1_010_000, receivedAt: 1_010_000 },
    ...more,
  }
}

const kindOf = (state: GroupState, live: number, expected = 10) => driftOf(state, { live, expected, now: 0 }).kind

test('an edit up and an edit down are told apart', () => {
  expect(kindOf(aSeenTen(), 14)).toBe('outside_edit_up')
  expect(kindOf(aSeenTen(), 6)).toBe('outside_edit_down')
})

test('the number from before our last write is a lost update', () => {
  expect(kindOf(aSeenTen({ replaced: 7 }), 7)).toBe('lost_update')
  expect(kindOf(aSeenTen({ replaced: 7 }), 8)).toBe('outside_edit_down')
})

test('[T-26] a lead time of ours that is gone shows another writer', () => {
  const live = { quantity: 6, leadTimeDays: null, readAt: 1_020_000, receivedAt: 1_020_000 }

  expect(kindOf(aSeenTen({ leadTimeSent: 3, live }), 6)).toBe('sibling_overwrite')
  expect(kindOf(aSeenTen({ leadTimeSent: 3, live: { ...live, leadTimeDays: 3 } }), 6)).toBe('outside_edit_down')
})

test('as many units back as were sold look like a cancellation, until the poll past them says otherwise', () => {
  const state = aSeenTen({ soldSinceAccepted: 4 })
  const found = driftOf(state, { live: 8, expected: 6, now: 5 })
  expect(found.kind).toBe('restocked_cancellation')
  const explained: Draft = { state: { ...state, drift: found, soldSinceAccepted: 2 }, actions: [] }
  const unexplained: Draft = { state: { ...state, drift: found }, actions: [] }

  reviewDrift(explained, 9)
  reviewDrift(unexplained, 9)

  expect(explained).toMatchObject({ state: { drift: null }, actions: [] })
  expect(unexplained.state.drift).toEqual({ at: 9, live: 8, expected: 6, kind: 'outside_edit_up' })
  expect(unexplained.actions).toMatchObject([{ kind: 'finding', code: 'DRIFT' }])
})
