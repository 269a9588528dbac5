import type { PageRequest } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'

import type { Report } from '../domain/report.ts'

const DEFAULT_SIZE = 100
const LARGEST_SIZE = 1000

/** Where a page begins; undefined for a token or size that is none. */
export function readPage(
  page: PageRequest | undefined,
): { limit: number; after: { requestedAt: Date; id: string } | undefined } | undefined {
  const size = page?.size ?? 0
  if (size < 0 || size > LARGEST_SIZE) return undefined
  const limit = size === 0 ? DEFAULT_SIZE : size
  const token = page?.token ?? ''
  if (token === '') return { limit, after: undefined }
  const [time = '', id = ''] = Buffer.from(token, 'base64url').toString('utf8').split('|')
  const requestedAt = new Date(time)
  return Number.isNaN(requestedAt.getTime()) || id === '' ? undefined : { limit, after: { requestedAt, id } }
}

/** The token of the page after this report. */
export const tokenAfter = (report: Report): string =>
  Buffer.from(`${report.requestedAt.toISOString()}|${report.id}`).toString('base64url')
