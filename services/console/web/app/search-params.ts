/** The search part of an address as plain texts: a SKU such as 1e3 or true stays what it is. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text))
}

/** The reverse; parts without a value are left out. */
export function stringifySearch(parts: Readonly<Record<string, unknown>>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(parts))
    if (typeof value === 'string' && value !== '') given.set(name, value)
  return given.size === 0 ? '' : `?${given.toString()}`
}

/** A part of the address; undefined when it is not there or empty. */
export function textPart(given: unknown): string | undefined {
  return typeof given === 'string' && given !== '' ? given : undefined
}

/** A part of the address that may only be one of these words. */
export function wordPart<W extends string>(given: unknown, words: readonly W[]): W | undefined {
  return words.find((word) => word === given)
}
