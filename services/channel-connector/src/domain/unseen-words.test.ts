import { expect, test } from '@jest/globals'
import { newGroup, type GroupState } from '@lockstep/pacing/group-state'
import { unseenWords } from './unseen-words.ts'

const acceptedAt = Date.parse('2026-11-27T12:00:00Z')
const accepted = {
  quantity: 9,
  leadTimeDays: null,
  version: 4,
  at: acceptedAt,
  since: acceptedAt,
  submissionId: null,
  outcome: 'accepted',
} as const
const live = { quantity: 7, leadTimeDays: null, readAt: acceptedAt + 60_000, receivedAt: acceptedAt + 60_000 }
const aState = (more: Partial<GroupState>): GroupState => ({
  ...newGroup(),
  accepted,
  verification: { next: 3, nextAt: acceptedAt + 300_000, resent: false, failed: false },
  live,
  ...more,
})

test('a number that Amazon accepted and does not show: what it shows instead, how many reads, when the next is', () => {
  expect(unseenWords(aState({}))).toBe(
    'not seen yet: Amazon shows 7 (read 2026-11-27T12:01:00.000Z), 2 of 5 reads so far, the next at 2026-11-27T12:05:00.000Z',
  )
})

test('what was read before the acceptance says nothing of it; what is seen needs no words; what was given up says so', () => {
  const early = { ...live, readAt: acceptedAt - 1 }
  expect(unseenWords(aState({ live: early }))).toMatch(/^not seen yet: Amazon was not read since, 2 of 5/)
  const seen = { quantity: 9, at: acceptedAt, version: 4 }
  expect(unseenWords(aState({ chain: { ...newGroup().chain, seen } }))).toBe('')
  const failed = { next: 6, nextAt: null, resent: true, failed: true }
  expect(unseenWords(aState({ verification: failed }))).toMatch(/5 of 5 reads so far, it was sent twice/)
})
