import { expect, test } from '@jest/globals'

import { hasLostCharacters } from './lost-characters.ts'

test('[T-60] a replacement character is a lost one; every other character is none', () => {
  expect(hasLostCharacters('caf\uFFFD')).toBe(true)
  expect(hasLostCharacters('CAFÉ-☕-1')).toBe(false)
})
