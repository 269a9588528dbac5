import { expect, test } from '@jest/globals'
import { testClock, testIds } from './test-clock.ts'

test('the clock stands until it is moved', () => {
  const clock = testClock('2026-11-21T10:00:00Z')

  clock.advance(1_500)
  expect(clock.now()).toEqual(new Date('2026-11-21T10:00:01.500Z'))

  clock.set('2026-11-20T00:00:00Z')
  expect(clock.now()).toEqual(new Date('2026-11-20T00:00:00Z'))
  expect(() => clock.set('yesterday')).toThrow('yesterday is not an instant')
})

test('ids count up and are the same in every run', () => {
  const ids = testIds()

  expect([ids.next('itm'), ids.next('loc')]).toEqual([
    'itm_00000000000000000000000001',
    'loc_00000000000000000000000002',
  ])
})
