import { type RawBuilder, sql } from 'kysely'

/** JSON never holds it unescaped. */
const separator = '\u001e'

/**
 * A text[] of JSON documents as one parameter that neither side has to escape: an array literal would put a backslash before every quote, and there
 * are hundreds in each. Null stays null.
 */
export function jsonList(documents: readonly (string | null)[]): RawBuilder<string[]> {
  if (documents.length === 0) return sql`array[]::text[]`
  return sql`string_to_array(${documents.map((document) => document ?? '').join(separator)}, ${separator}, '')`
}
