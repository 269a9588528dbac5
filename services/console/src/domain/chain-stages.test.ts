import { expect, test } from '@jest/globals'

import { chainStages, type ChainFacts, type ChainStageName } from './chain-stages.ts'

const at = (minute: number): string => `2026-11-21T12:0${minute}:00.000Z`
const sent = (quantity: number | null, minute: number, isCurrent = true) => ({ quantity, at: at(minute), isCurrent })

/** A listing whose number went all the way; `more` says what is different. */
const facts = (more: Partial<ChainFacts>): ChainFacts => ({
  state: 'in_step',
  reason: null,
  ledger: { quantity: 5, at: at(0) },
  available: { quantity: 4, at: at(0) },
  desired: { quantity: 4, at: at(1) },
  scheduled: sent(null, 2),
  submitted: sent(null, 3),
  accepted: sent(4, 4),
  seen: sent(4, 5),
  ...more,
})

const statesOf = (given: ChainFacts): string =>
  chainStages(given)
    .map(({ state }) => state)
    .join(' ')
const notesOf = (given: ChainFacts) =>
  chainStages(given).flatMap(({ name, note }) => (note === null ? [] : [[name, note]]))
const stageOf = (given: ChainFacts, name: ChainStageName) => chainStages(given).find((stage) => stage.name === name)

test('a number that went all the way is done in every stage, and each stage has its number and time', () => {
  const stages = chainStages(facts({}))

  expect(stages.map(({ name, state, quantity }) => [name, state, quantity])).toEqual([
    ['ledger', 'done', 5],
    ['available', 'done', 4],
    ['desired', 'done', 4],
    ['scheduled', 'done', 4],
    ['submitted', 'done', 4],
    ['accepted', 'done', 4],
    ['seen', 'done', 4],
  ])
  expect(stages.map((stage) => stage.at)).toEqual([at(0), at(0), at(1), at(2), at(3), at(4), at(5)])
})

test.each([
  ['waiting', 'done done done now ahead ahead ahead'],
  ['in_flight', 'done done done done now ahead ahead'],
  ['unknown', 'done done done done done now ahead'],
  ['refused', 'done done done done done stopped ahead'],
  ['accepted', 'done done done done done done now'],
  ['unverified', 'done done done done done done stopped'],
  ['drift', 'done done done done done done stopped'],
  ['gated', 'done done stopped ahead ahead ahead ahead'],
  ['conflict', 'done done stopped ahead ahead ahead ahead'],
])('%s is one place in the chain: all before it is done, all after it is ahead', (state, expected) => {
  expect(statesOf(facts({ state }))).toBe(expected)
})

test('when Amazon held the number already, nothing was sent and it is seen all the same', () => {
  const old = { scheduled: sent(null, 0, false), submitted: sent(9, 0, false), accepted: sent(9, 0, false), seen: null }
  const held = facts(old)

  expect(statesOf(held)).toBe('done done done unneeded unneeded unneeded unneeded')
  expect(stageOf(held, 'accepted')).toMatchObject({ quantity: null, at: null })
  expect(stageOf(held, 'seen')).toMatchObject({ quantity: 4, at: null })
})

test('stages that a new number has not reached show the number before', () => {
  const waiting = facts({
    state: 'waiting',
    desired: { quantity: 3, at: at(6) },
    accepted: sent(4, 4, false),
    seen: sent(4, 5, false),
  })

  expect(stageOf(waiting, 'accepted')).toMatchObject({ state: 'ahead', quantity: 4, at: at(4) })
  expect(stageOf(waiting, 'seen')).toMatchObject({ state: 'ahead', quantity: 4, at: at(5) })
})

test('the stage that holds the number up says why, and no other does', () => {
  expect(notesOf(facts({ state: 'waiting', reason: 'NO_TOKEN' }))).toEqual([['scheduled', 'NO_TOKEN']])
  expect(notesOf(facts({ state: 'gated', reason: 'linked', desired: null }))).toEqual([['desired', 'linked']])
  expect(notesOf(facts({ reason: 'EQUAL_TO_LIVE' }))).toEqual([])
})

test('nothing is made up while nothing is known', () => {
  const nothing = facts({
    state: 'unknown',
    ledger: null,
    available: null,
    desired: null,
    scheduled: null,
    submitted: null,
    accepted: null,
    seen: null,
  })

  expect(statesOf(nothing)).toBe('ahead ahead ahead ahead ahead ahead ahead')
  expect(chainStages(nothing).every(({ quantity, at: time }) => quantity === null && time === null)).toBe(true)
})

test('a state word of a newer connector claims nothing of the sending', () => {
  expect(statesOf(facts({ state: 'on_holiday' }))).toBe('done done done ahead ahead ahead ahead')
})
