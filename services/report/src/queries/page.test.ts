import { expect, test } from '@jest/globals'

import { readPage, tokenAfter } from './page.ts'

test('a page goes on where the last one ended', () => {
  const requestedAt = new Date('2026-11-21T10:00:00.123Z')
  const token = tokenAfter({ id: 'rpt_1', requestedAt } as Parameters<typeof tokenAfter>[0])

  expect(readPage({ size: 5, token })).toEqual({ limit: 5, after: { requestedAt, id: 'rpt_1' } })
})

test.each([
  ['too large a page', { size: 1001, token: '' }],
  ['a negative page', { size: -1, token: '' }],
  ['a token of somebody else', { size: 5, token: 'bm9uc2Vuc2U' }],
])('%s is no page', (_what, page) => {
  expect(readPage(page)).toBeUndefined()
})
