import type { OperationName } from '@lockstep/pacing/model-limits'

/** One call, as its caller describes it: nothing in it is encoded yet. Lists in the query are joined by commas. */
export interface DescribedCall {
  readonly operation: OperationName
  readonly path: Readonly<Record<string, string>>
  readonly query: readonly (readonly [name: string, value: string])[]
  /** Empty for none. */
  readonly body: Uint8Array
}

/** The parts of a call that matter for its operation. An absent query value is left out, an empty list too. */
export interface CallParts {
  readonly path?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Sent as JSON. */
  readonly json?: unknown
}

/** Describes a call. */
export function describeCall(operation: OperationName, parts: CallParts = {}): DescribedCall {
  const query = Object.entries(parts.query ?? {}).flatMap(([name, value]) => {
    const text = typeof value === 'string' ? value : (value ?? []).join(',')
    return text === '' ? [] : [[name, text] as const]
  })
  const body = parts.json === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(parts.json))
  return { operation, path: parts.path ?? {}, query, body }
}

/** A body of Amazon's as JSON; undefined for an empty one, one that was cut short, and anything that is no JSON, HTML included. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}
