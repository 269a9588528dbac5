import type { Query } from './query.ts'
import type { FaultAction, Seller } from './records.ts'
import { AmazonRefusalError } from './refusals.ts'

/** An authorised call with a token taken. */
export interface Call {
  seller: Seller
  /** The application that calls. */
  clientId: string
  /** The grant behind the call. */
  refreshToken: string
  params: Record<string, string>
  query: Query
  contentType: string
  body: unknown
  origin: string
  /** The fault that lets the work be done but decides what comes of it. */
  fault: FaultAction | null
  now: number
}

/** What an operation answers; no body means an empty one. */
export interface CallResult {
  status: number
  body?: unknown
  /** For the journal: what became of a submission. */
  result?: string
}

/** Refuses a body that is no JSON, with Amazon's 415 or 400. */
export function requireJson({ contentType, body }: Pick<Call, 'contentType' | 'body'>): void {
  if (contentType !== '' && !contentType.toLowerCase().startsWith('application/json')) {
    throw new AmazonRefusalError(415, {
      code: 'UnsupportedMediaType',
      message: `Content type '${contentType}' is not supported.`,
    })
  }
  if (body === undefined) {
    throw new AmazonRefusalError(400, {
      code: 'InvalidInput',
      message: 'Could not parse the request body: it is not valid JSON.',
    })
  }
}
