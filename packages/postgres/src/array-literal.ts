const special = /["\\]/g

/**
 * An array parameter as the text that Postgres reads it from, when its elements are plain: texts, numbers, booleans and nulls. Undefined for any other value; the
 * driver knows how to write those. It would write these too, with two searches and two new texts per element, which is felt where many rows are saved at once.
 */
export function arrayLiteral(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined
  const elements: readonly unknown[] = value
  let text = '{'
  for (const element of elements) {
    const plain = elementText(element)
    if (plain === undefined) return undefined
    text += text === '{' ? plain : `,${plain}`
  }
  return `${text}}`
}

function elementText(element: unknown): string | undefined {
  if (element === null || element === undefined) return 'NULL'
  // Quoted whatever it says: an empty text, NULL and braces mean something else without.
  if (typeof element === 'string') return `"${needsEscape(element) ? element.replace(special, '\\$&') : element}"`
  if (typeof element === 'number' || typeof element === 'boolean' || typeof element === 'bigint') return String(element)
  return undefined
}

function needsEscape(text: string): boolean {
  return text.includes('"') || text.includes('\\')
}
