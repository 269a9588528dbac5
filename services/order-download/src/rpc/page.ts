import type { PageRequest } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'
import { generalReasons } from '@lockstep/contracts/reasons'
import { refusal, type RefusalError } from '@lockstep/rpc/refusal'

const DEFAULT_SIZE = 100
const LARGEST_SIZE = 1_000

export interface Page {
  size: number
  /** The place that the last page ended at: a time and an id. */
  after: { at: Date; id: string } | undefined
}

/** Reads which page is wanted, or refuses with what is allowed. */
export function pageFrom(request: PageRequest | undefined): Page {
  const size = request?.size === undefined || request.size === 0 ? DEFAULT_SIZE : request.size
  if (size < 1 || size > LARGEST_SIZE) {
    throw refusal(generalReasons, 'PAGE_INVALID', {
      message: `a page of ${size} entries cannot be had`,
      field: 'page.size',
      value: String(size),
    })
  }
  return { size, after: placeFrom(request?.token ?? '') }
}

/** The token of the page after this entry; empty when there is none. */
export function pageToken(last: { at: Date; id: string } | undefined): string {
  if (!last) return ''
  return Buffer.from(`${last.at.toISOString()} ${last.id}`).toString('base64url')
}

function placeFrom(token: string): Page['after'] {
  if (token === '') return undefined
  const [time = '', id = ''] = Buffer.from(token, 'base64url').toString('utf8').split(' ')
  const at = new Date(time)
  if (Number.isNaN(at.getTime()) || !/^[\w-]+$/.test(id)) throw invalidToken(token)
  return { at, id }
}

/** The token was not given by an earlier answer of this call. */
export function invalidToken(token: string): RefusalError {
  return refusal(generalReasons, 'PAGE_INVALID', {
    message: 'the page token is none of an earlier answer',
    field: 'page.token',
    value: token.slice(0, 100),
  })
}
