import { expect, test } from '@jest/globals'

import { ownSku } from './sku-conflict.ts'

test('[S000-10] a SKU of its own ends in the country, and is none when it would be longer than 40 characters', () => {
  expect(ownSku('SKU123', 'UK')).toBe('SKU123_UK')
  expect(ownSku('x'.repeat(37), 'DE')).toBe(`${'x'.repeat(37)}_DE`)
  expect(ownSku('x'.repeat(38), 'DE')).toBeUndefined()
})
