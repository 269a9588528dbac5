import { operations, type Operation } from './operations.ts'
import { accessDenied, invalidInput, unknownPath } from './refusals.ts'

/** The operation a request names, with the parts of its path decoded exactly once. */
export interface Route {
  operation: Operation
  params: Record<string, string>
}

interface Pattern {
  operation: Operation
  segments: string[]
}

const patterns: Pattern[] = operations.map((operation) => ({ operation, segments: operation.path.split('/') }))
const listingsPrefix = '/listings/2021-08-01/items/'

/**
 * Finds the operation. A path that none has is 403 MissingAuthenticationToken; below the listings path it is
 * 403 Unauthorized, which is how a SKU with a bare slash shows.
 */
export function findRoute(method: string, path: string): Route {
  const segments = path.split('/')
  for (const { operation, segments: pattern } of patterns) {
    if (operation.method !== method || pattern.length !== segments.length) continue
    const fits = pattern.every((part, i) => part.startsWith('{') || part === segments[i])
    if (fits) return { operation, params: paramsOf(pattern, segments) }
  }
  throw path.startsWith(listingsPrefix) && segments.length > listingsPrefix.split('/').length + 1
    ? accessDenied()
    : unknownPath()
}

function paramsOf(pattern: string[], segments: string[]): Record<string, string> {
  const params: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    if (part.startsWith('{')) params[part.slice(1, -1)] = decodeOnce(segments[i] ?? '')
  }
  return params
}

function decodeOnce(segment: string): string {
  const decoded = tryDecode(segment)
  if (decoded === undefined) throw invalidInput(`Path segment '${segment}' is not percent-encoded UTF-8.`)
  // A dot segment never reaches the operation: everything on the way resolves it.
  if (decoded === '' || decoded === '.' || decoded === '..') throw accessDenied()
  return decoded
}

/** Percent-decodes once; undefined when the text is not percent-encoded UTF-8. */
export function tryDecode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
