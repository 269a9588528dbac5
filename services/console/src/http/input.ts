import type { z } from 'zod'

/** Something of the request that cannot be used. */
export class InputError extends Error {
  override readonly name = 'InputError'
  readonly field: string
  readonly value: string | null

  constructor(problem: { field: string; value: string | null; message: string }) {
    super(problem.message)
    this.field = problem.field
    this.value = problem.value
  }
}

/** Reads a part of the request; the first problem is refused with its field and value. */
export function readInput<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const read = schema.safeParse(given)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const path = issue?.path ?? []
  const value = valueAt(given, path)
  const field = path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'request')
  const named = value === null ? '' : `"${value}" `
  throw new InputError({ field, value, message: `${field} ${named}cannot be used: ${issue?.message ?? 'it is wrong'}` })
}

const LONGEST_SHOWN = 100

function valueAt(given: unknown, path: readonly PropertyKey[]): string | null {
  let at: unknown = given
  for (const key of path) at = at instanceof Object ? Reflect.get(at, key) : undefined
  return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean'
    ? String(at).slice(0, LONGEST_SHOWN)
    : null
}
