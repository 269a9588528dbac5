import { expect, test } from '@jest/globals'
import { newGroup, type Cause, type GroupState } from '@lockstep/pacing/group-state'

import { stateFrom, textOf } from './state-text.ts'

const change: Cause = {
  kind: 'stock_set',
  reference: 'r-1',
  traceparent: '00-1c937e923abd6773db4189fa00f6fbc2-ca321dc29fd8df96-00',
}
const before: Cause = { kind: 'order', reference: 'r-0' }

const computation: NonNullable<GroupState['computation']> = {
  at: 1_000,
  cause: change,
  number: 4,
  gatedBy: null,
  conflict: null,
  withheld: false,
  members: [],
  groupStep: null,
}
const desired = { quantity: 4, leadTimeDays: null, version: 3, at: 1_000 }

test.each<[string, Partial<GroupState>]>([
  ['a group nobody has told anything about', {}],
  ['a change before its first number', { due: change }],
  ['one change in all three places', { due: change, computation, desired: { ...desired, cause: change } }],
  [
    'a newer change that is due',
    { due: { ...change, reference: 'r-2' }, computation, desired: { ...desired, cause: change } },
  ],
  ['a number that is older than what was computed last', { computation, desired: { ...desired, cause: before } }],
  ['no number wanted', { computation: { ...computation, number: null, gatedBy: 'not_paused' }, desired: null }],
])('stored and read again it is the same: %s', (_what, part) => {
  const state = { ...newGroup(), ...part }
  expect(stateFrom(textOf(state))).toEqual(state)
})

test('a change that stands in three places is stored once, and after reading too', () => {
  const state = { ...newGroup(), due: change, computation, desired: { ...desired, cause: change } }
  const text = textOf(state)
  expect(text.split('00-1c937e923abd').length - 1).toBe(1)
  expect(textOf(stateFrom(text))).toBe(text)
})

test('what was stored with the change written out is read as well', () => {
  const state = { ...newGroup(), due: change, computation, desired: { ...desired, cause: change } }
  expect(stateFrom(JSON.stringify(state))).toEqual(state)
})
