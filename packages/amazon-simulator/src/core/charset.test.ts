import { expect, test } from '@jest/globals'
import { encodeText } from './charset.ts'

const unused = [0x81, 0x8d, 0x8f, 0x90, 0x9d]

test('[T-60] every character of windows-1252 keeps its byte', () => {
  const bytes = Array.from({ length: 256 }, (_, i) => i).filter((byte) => !unused.includes(byte))
  const text = new TextDecoder('windows-1252').decode(Uint8Array.from(bytes))

  expect([...encodeText(text, 'Cp1252')]).toEqual(bytes)
})

test('[T-60] a character outside the charset becomes one literal question mark', () => {
  const encoded = encodeText('CAFÉ-☕-😀-日', 'Cp1252')

  expect(new TextDecoder('windows-1252').decode(encoded)).toBe('CAFÉ-?-?-?')
})

test('UTF-8 loses nothing', () => {
  expect(new TextDecoder().decode(encodeText('CAFÉ-☕', 'UTF-8'))).toBe('CAFÉ-☕')
})
