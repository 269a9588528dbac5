import { expect, test } from '@jest/globals'

import { charsetOf, decoderFor } from './charset.ts'

const decode = (contentType: string, ...bytes: number[]): string | undefined =>
  decoderFor(contentType)?.decode(Uint8Array.from(bytes))

test('[T-60] the bytes 0x80 to 0x9F of Cp1252 are the euro sign and its neighbours', () => {
  expect(decode('text/plain; charset=Cp1252', 0x80, 0x8a, 0x99, 0xe9)).toBe('€Š™é')
})

test('[T-60] Shift_JIS is decoded under each of its names', () => {
  for (const name of ['Shift_JIS', 'CP932', 'MS932'])
    expect(decode(`text/plain;charset=${name}`, 0x8d, 0xdd)).toBe('在')
})

test('[T-60] a byte order mark is no part of the first column', () => {
  expect(decode('text/plain; charset="UTF-8"', 0xef, 0xbb, 0xbf, 0x61)).toBe('a')
})

test('[T-60] bytes that are none of the charset leave a mark', () => {
  expect(decode('text/plain; charset=UTF-8', 0x61, 0xe9, 0x62)).toBe('a\uFFFDb')
})

test('a charset that nobody knows has no decoder', () => {
  expect(decoderFor('text/plain; charset=EBCDIC-XYZ')).toBeUndefined()
  expect(charsetOf(undefined)).toBeUndefined()
})
