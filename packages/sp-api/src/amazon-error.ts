import { z } from 'zod'

import { jsonOf } from './call.ts'

/** One entry of Amazon's error list; what is missing is empty. */
export interface AmazonError {
  readonly code: string
  readonly message: string
  readonly details: string
}

const ErrorsShape = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().nullish(), details: z.string().nullish() })).min(1),
})

/** The first error of an answer; undefined for a body that is no error list, HTML included, when no header names the exception either. */
export function firstError(body: Uint8Array, headers: Readonly<Record<string, string>>): AmazonError | undefined {
  const parsed = ErrorsShape.safeParse(jsonOf(body))
  const first = parsed.success ? parsed.data.errors[0] : undefined
  if (first) return { code: first.code, message: first.message ?? '', details: first.details ?? '' }
  // Best effort, and the only hint when the body is empty. It may carry an address behind a colon.
  const [named = ''] = (headers['x-amzn-errortype'] ?? '').split(':')
  return named === '' ? undefined : { code: named.slice(0, 100), message: '', details: '' }
}

/** An answer in words: its status and its first error, cut to what a person reads. */
export function wordsOf(status: number, error: AmazonError | undefined): string {
  if (!error) return `Amazon answered ${String(status)}`
  const text = [error.message, error.details].filter((part) => part !== '').join(' ')
  const tail = text === '' ? '' : `: ${text.slice(0, 500)}`
  return `Amazon answered ${String(status)} ${error.code}${tail}`
}

/**
 * The field that an error speaks of: the first of the call's own names that stands in its words as a whole word, else a name that Amazon puts in quotes.
 * Amazon words its errors freely, so a field that cannot be told stays undefined rather than guessed.
 */
export function fieldNamedBy(error: AmazonError | undefined, names: readonly string[]): string | undefined {
  if (!error) return undefined
  const words = `${error.message} ${error.details}`
  const whole = words.match(/[A-Za-z][\w-]*/g) ?? []
  const own = whole.find((word) => names.includes(word))
  return own ?? /(?:parameter|field|attribute|property)s?:? ['"‘“]([A-Za-z][\w.-]{0,80})['"’”]/i.exec(words)?.[1]
}
