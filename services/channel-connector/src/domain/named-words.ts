/** A text with our ids of accounts and items in it, in the names that people know them by. An id without a name stays. */
export function namedWords(text: string, names: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\b(?:acc|itm)_\w+/g, (id) => names.get(id) ?? id)
}
