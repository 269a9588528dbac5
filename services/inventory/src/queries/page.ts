import { refused, shown, type Refused } from '../domain/refusal.ts'

/** Part of a list: at most `size` entries after a place in it. The place is a key, so that entries added meanwhile move nothing. */
export interface Page<Key> {
  size: number
  after: Key | undefined
}

/** A page as it is asked for: 0 entries mean 100, and an empty token the start. */
export interface AskedPage {
  size: number
  token: string
}

/** Reads a page, whose token holds the key of the last entry before it. */
export function pageOf<Key>(asked: AskedPage, isKey: (value: unknown) => value is Key): Page<Key> | Refused {
  const size = asked.size === 0 ? 100 : asked.size
  if (!Number.isInteger(size) || size < 1 || size > 1_000) {
    const message = `a page of ${asked.size} entries cannot be had`
    return refused({ reason: 'PAGE_INVALID', message, field: 'page.size', value: String(asked.size) })
  }
  if (asked.token === '') return { size, after: undefined }
  const after = decoded(asked.token)
  if (isKey(after)) return { size, after }
  const message = 'the page token is none that this list gave'
  return refused({ reason: 'PAGE_INVALID', message, field: 'page.token', value: shown(asked.token) })
}

function decoded(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown
  } catch {
    // Not a token of ours: said so by the caller, who knows the list.
    return undefined
  }
}

/** Cuts the one entry too many that was read to learn whether there is a next page. */
export function withNextToken<Entry>(
  entries: readonly Entry[],
  size: number,
  keyOf: (entry: Entry) => unknown,
): { entries: Entry[]; nextPageToken: string } {
  const page = entries.slice(0, size)
  const last = page.at(-1)
  const hasMore = entries.length > size && last !== undefined
  const nextPageToken = hasMore ? Buffer.from(JSON.stringify(keyOf(last))).toString('base64url') : ''
  return { entries: page, nextPageToken }
}

export const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')

export const isWholeNumber = (value: unknown): value is number => Number.isSafeInteger(value)

/** A key of two parts, such as a SKU and a location. */
export const isPair = (value: unknown): value is [string, string] =>
  Array.isArray(value) && value.length === 2 && value.every(isText)
