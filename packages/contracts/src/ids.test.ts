import { expect, test } from '@jest/globals'

import { systemIds } from './ids.ts'

test('an id names its kind and never comes twice', () => {
  const ids = Array.from({ length: 1000 }, () => systemIds.next('ord'))

  expect(new Set(ids).size).toBe(1000)
  for (const id of ids) expect(id).toMatch(/^ord_[0-9a-hjkmnp-tv-z]{26}$/)
})
