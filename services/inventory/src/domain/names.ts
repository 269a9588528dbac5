import { shown, type Problem } from './refusal.ts'

// U+FFFD stands where a decoder met bytes that were no text, so a code that holds it has lost part of itself on the way.
const unprintable = /[\p{Cc}\p{Cs}\u{FFFD}]/u

const countCharacters = (text: string): number => Array.from(text).length

/** A seller's code is kept byte by byte: case and spaces mean something, so nothing is trimmed or folded. */
export function skuProblem(sku: string): Problem | undefined {
  const found = findSkuProblem(sku)
  return found === undefined ? undefined : { reason: 'SKU_INVALID', message: found, field: 'sku', value: shown(sku) }
}

function findSkuProblem(sku: string): string | undefined {
  if (sku === '') return 'the SKU is empty'
  if (sku === '.' || sku === '..') return `"${sku}" cannot stand in an address, so it cannot be a SKU`
  const length = countCharacters(sku)
  if (length > 40) return `the SKU "${shown(sku)}" has ${length} characters, the most is 40`
  if (unprintable.test(sku)) return `the SKU "${shown(sku)}" holds a character that is not text`
  return undefined
}

export function locationNameProblem(name: string): Problem | undefined {
  const found = findLocationNameProblem(name)
  if (found === undefined) return undefined
  return { reason: 'LOCATION_NAME_INVALID', message: found, field: 'name', value: shown(name) }
}

function findLocationNameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'the location name is empty'
  if (name !== name.trim()) return `the location name "${shown(name)}" begins or ends with a space`
  const length = countCharacters(name)
  if (length > 80) return `the location name "${shown(name)}" has ${length} characters, the most is 80`
  if (unprintable.test(name)) return `the location name "${shown(name)}" holds a character that is not text`
  return undefined
}

/** Free text of people: titles, notes, references. Line breaks and tabs are theirs to use. */
export function textProblem(field: string, text: string): Problem | undefined {
  const length = countCharacters(text)
  if (length > 500) {
    const message = `${field} has ${length} characters, the most is 500`
    return { reason: 'FIELD_INVALID', message, field, value: shown(text) }
  }
  if (text.includes('\0') || !text.isWellFormed()) {
    const message = `${field} holds a character that is not text`
    return { reason: 'FIELD_INVALID', message, field, value: shown(text) }
  }
  return undefined
}

/** Postgres keeps no NUL in a text; missing and overlong keys are refused where keys are kept. */
export function keyProblem(key: string): Problem | undefined {
  if (!key.includes('\0') && key.isWellFormed()) return undefined
  const message = 'the idempotency key holds a character that is not text'
  return { reason: 'IDEMPOTENCY_KEY_MISSING', message, field: 'idempotency_key', value: shown(key) }
}
