/**
 * Logs are written by allow-list: numbers, booleans and times pass; text passes only in a field that is known to hold no buyer data, token or payload.
 * Everything else reads [redacted], so that a new field is safe before anybody thought about it.
 */
const allowedFields = new Set(
  [
    'service version env name component method operation subject durable durables stream table owner',
    'sku channel_sku channel marketplace region seller lane bucket gate folder carrier report_type',
    'result route reason status code state kind type outcome action field problem problems next_step cause',
    'signal address host actor from to account connection order item profile failpoint key peer',
  ].flatMap((names) => names.split(' ')),
)
const allowedSuffix = /(^|_)(ids?|at|until|since|by|version|state|kind|type|status|operation)$/
const neverAllowed = /buyer|address_line|email|phone|token|secret|password|recipient|customer/

const redacted = '[redacted]'

/** The fields of a log line as they may leave the process. `extra` names further fields that hold no personal data. */
export function redactFields(
  fields: Record<string, unknown>,
  extra: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const seen: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    // Errors keep their own serializer.
    seen[name] = value instanceof Error ? value : redactValue(name, value, extra)
  }
  return seen
}

function redactValue(name: string, value: unknown, extra: ReadonlySet<string>): unknown {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.slice(0, 100).map((entry: unknown) => redactValue(name, entry, extra))
  if (typeof value === 'object') return redactFields({ ...value }, extra)
  return typeof value === 'string' && isAllowed(name, extra) ? value : redacted
}

function isAllowed(name: string, extra: ReadonlySet<string>): boolean {
  return !neverAllowed.test(name) && (allowedFields.has(name) || allowedSuffix.test(name) || extra.has(name))
}

/** An error as it is logged: what kind, what it says, where, and what caused it. Fields that may hold values from rows or requests stay out. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error }
  const { code, reason, status } = error as Error & { code?: unknown; reason?: unknown; status?: unknown }
  return {
    type: error.name,
    message: error.message,
    ...(isPlain(code) && { code }),
    ...(isPlain(reason) && { reason }),
    ...(isPlain(status) && { status }),
    stack: error.stack,
    ...(error.cause !== undefined && depth < 5 && { cause: describeError(error.cause, depth + 1) }),
    ...(error instanceof AggregateError && depth < 5 && { errors: describeAll(error.errors, depth) }),
  }
}

function describeAll(errors: unknown[], depth: number): unknown[] {
  return errors.slice(0, 5).map((entry) => describeError(entry, depth + 1))
}

function isPlain(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}
