/** Characters at 0x80 to 0x9F of windows-1252; the five unused places are empty. */
const upper = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ'

const codes = new Map(
  Array.from(upper).flatMap((character, i) => (character === ' ' ? [] : [[character, 0x80 + i] as const])),
)

/** Encodes for a report. In Cp1252 a character outside the charset becomes a literal `?`: the loss is Amazon's, at the source. */
export function encodeText(text: string, charset: 'Cp1252' | 'UTF-8'): Uint8Array {
  if (charset === 'UTF-8') return new TextEncoder().encode(text)
  return Uint8Array.from(Array.from(text), cp1252Byte)
}

function cp1252Byte(character: string): number {
  const point = character.codePointAt(0) ?? 0
  if (point < 0x80 || (point >= 0xa0 && point <= 0xff)) return point
  return codes.get(character) ?? 0x3f
}
