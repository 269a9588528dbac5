import { expect, test } from '@jest/globals'
import { backoffMs, Wakeup } from './wakeup.ts'

test('a poke ends a sleep, and one that comes before the sleep is not lost', async () => {
  const wakeup = new Wakeup()
  const begun = performance.now()

  wakeup.poke()
  await wakeup.sleep(60_000)
  const sleeping = wakeup.sleep(60_000)
  wakeup.poke()
  await sleeping
  await wakeup.sleep(5)

  expect(performance.now() - begun).toBeLessThan(10_000)
})

test.each([
  [1, 1_000],
  [2, 2_000],
  [3, 5_000],
  [6, 60_000],
  [50, 60_000],
])('after failure %i the pause is %i ms, ±10 %', (failures, pause) => {
  expect(Math.abs(backoffMs(failures) - pause)).toBeLessThanOrEqual(pause / 10)
})
