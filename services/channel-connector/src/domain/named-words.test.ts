import { expect, test } from '@jest/globals'

import { namedWords } from './named-words.ts'

test('accounts and items of a conflict are called what people call them; who has no name keeps the id', () => {
  const names = new Map([
    ['acc_1', 'UK'],
    ['acc_12', 'DE'],
    ['itm_A', 'CUP'],
  ])

  expect(namedWords('one SKU, different items: acc_1 itm_A, acc_12 itm_B, acc_123 null', names)).toBe(
    'one SKU, different items: UK CUP, DE itm_B, acc_123 null',
  )
})
