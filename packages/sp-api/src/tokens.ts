import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'

// Source of every shape here: SP-API, Tokens 2021-03-01. Orders 2026-01-01 needs none of it; restricted reports do, each by its own document's path.

/** The most resources of one token. */
export const MAX_RESTRICTED_RESOURCES = 50

/** What a restricted token is to open. */
export interface RestrictedResource {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** The path as it will be called, encoded. */
  readonly path: string
  /** Which personal data; where the operation knows such. */
  readonly dataElements?: readonly string[]
}

/** A token that opens what it was made for, in place of the access token, for an hour. Never log or keep it. */
export interface RestrictedToken {
  readonly value: string
  readonly livesMs: number
}

/** Asks for a token that opens restricted resources. Throws a RangeError for none or for more than 50. */
export function createRestrictedTokenCall(resources: readonly RestrictedResource[]): DescribedCall {
  if (resources.length < 1 || resources.length > MAX_RESTRICTED_RESOURCES) {
    throw new RangeError(
      `${String(resources.length)} resources: a token opens 1 to ${String(MAX_RESTRICTED_RESOURCES)}`,
    )
  }
  return describeCall('createRestrictedDataToken', { json: { restrictedResources: resources } })
}

/** The token in a reply, or undefined for a body that is no such reply. */
export function readRestrictedToken(body: Uint8Array): RestrictedToken | undefined {
  const shape = z.object({ restrictedDataToken: z.string().min(1), expiresIn: z.number().positive() })
  const read = shape.safeParse(jsonOf(body))
  return read.success ? { value: read.data.restrictedDataToken, livesMs: read.data.expiresIn * 1000 } : undefined
}
