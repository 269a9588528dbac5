import type { PageRequest } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'
import { refusal } from '../commands/refuse.ts'

const largestPage = 1000
const usualPage = 100

/** The page that a request asks for. A token is the key of the last entry of the page before. */
export function readPage(page: PageRequest | undefined): { limit: number; after: string | null } {
  const size = page?.size ?? 0
  if (!Number.isInteger(size) || size < 0 || size > largestPage) {
    const message = `a page of ${size} entries is not possible`
    throw refusal('PAGE_INVALID', { message, field: 'page.size', value: String(size) })
  }
  return { limit: size === 0 ? usualPage : size, after: readToken(page?.token ?? '') }
}

/** How many lines are to be named, 100 when nothing is said. */
export function readLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 0 && limit <= largestPage) return limit === 0 ? usualPage : limit
  const message = `${limit} lines cannot be listed: ask for 1 to ${largestPage}`
  throw refusal('FIELD_INVALID', { message, field: 'limit', value: String(limit) })
}

/** Cuts a list that was asked for with one entry more than the page holds, and says where the next page begins. */
export function cutPage<T>(
  entries: readonly T[],
  limit: number,
  keyOf: (entry: T) => string,
): { entries: readonly T[]; nextPageToken: string } {
  const kept = entries.slice(0, limit)
  const last = kept.at(-1)
  const isMore = entries.length > limit && last !== undefined
  return { entries: kept, nextPageToken: isMore ? Buffer.from(keyOf(last), 'utf8').toString('base64url') : '' }
}

function readToken(token: string): string | null {
  if (token === '') return null
  const key = Buffer.from(token, 'base64url')
  if (key.toString('base64url') === token) return key.toString('utf8')
  throw refuseToken(token)
}

/** Says that a page token is none that was given out. */
export function refuseToken(token: string): Error {
  return refusal('PAGE_INVALID', { message: 'the page token is not one of ours', field: 'page.token', value: token })
}
