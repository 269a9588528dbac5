/** An instant as the control API and the journal print it: ISO 8601 UTC with milliseconds. */
export function isoMillis(at: number): string {
  return new Date(at).toISOString()
}

/** An instant as Amazon prints order times: whole seconds, rounded down. */
export function isoSeconds(at: number): string {
  return `${new Date(wholeSecond(at)).toISOString().slice(0, 19)}Z`
}

/** The start of the second an instant lies in. */
export function wholeSecond(at: number): number {
  return Math.floor(at / 1000) * 1000
}

const iso8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/

/** Reads an ISO 8601 date or date-time; one without an offset is UTC. Undefined when it is none. */
export function parseIso(text: string): number | undefined {
  if (!iso8601.test(text)) return undefined
  const hasOffset = text.length === 10 || /(Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10))
  const at = Date.parse(hasOffset ? text : `${text}Z`)
  return Number.isNaN(at) ? undefined : at
}
