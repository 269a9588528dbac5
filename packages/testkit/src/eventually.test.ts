import { expect, test } from '@jest/globals'
import { eventually } from './eventually.ts'

test('answers what the assertion returns as soon as it holds', async () => {
  let tries = 0

  const answer = await eventually(
    () => {
      tries += 1
      if (tries < 3) throw new Error('not yet')
      return 'held'
    },
    { everyMs: 1 },
  )

  expect(answer).toBe('held')
  expect(tries).toBe(3)
})

test('throws the last error with the time waited', async () => {
  const never = eventually(() => Promise.reject(new Error('shelf is empty')), { withinMs: 30, everyMs: 5 })

  await expect(never).rejects.toThrow('not within 30 ms: shelf is empty')
})

test('a try that never settles fails at the deadline', async () => {
  const hanging = eventually(() => new Promise<void>(() => undefined), { withinMs: 30, everyMs: 5 })

  await expect(hanging).rejects.toThrow('the last try did not settle')
})

test('when the last try hangs, what the try before it failed with is thrown', async () => {
  let tries = 0
  const hangs = async (): Promise<void> => {
    tries += 1
    if (tries > 1) await new Promise(() => undefined)
    throw new Error('still 3')
  }

  await expect(eventually(hangs, { withinMs: 200 })).rejects.toThrow('not within 200 ms: still 3')
})
