import { expect, test } from '@jest/globals'
import { IdSource } from './ids.ts'

function source(seed: string): IdSource {
  const last = new Map<string, number>()
  return new IdSource(seed, (kind) => {
    const next = (last.get(kind) ?? 0) + 1
    last.set(kind, next)
    return next
  })
}

test('[T-20] digits keep their length, leading zeros included, and do not repeat', () => {
  const ids = source('seed')
  const made = Array.from({ length: 2000 }, () => ids.digits('order-item', 14))

  expect(made.every((id) => /^\d{14}$/.test(id))).toBe(true)
  expect(made.some((id) => id.startsWith('0'))).toBe(true)
  expect(new Set(made).size).toBe(made.length)
})

test('one kind of id does not depend on how many of another were made', () => {
  const one = source('seed')
  const two = source('seed')
  two.hex('other', 8)

  expect(one.uuid('document')).toBe(two.uuid('document'))
})
