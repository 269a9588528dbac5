import type { Command } from 'commander'

import type { CliContext } from './context.ts'
import { type Output, UsageError } from './output.ts'

/** What the user typed: the arguments in order, and the options by name. */
export interface Given<Options extends object> {
  readonly args: readonly string[]
  readonly options: Options
}

/** Turns the body of a command into what the parser calls. */
export type Run = <Options extends object>(
  body: (context: CliContext, given: Given<Options>) => Promise<Output>,
) => (...parsed: unknown[]) => Promise<void>

/** Both ends count. */
interface Range {
  readonly least: number
  readonly most: number
}

/** More digits than these do not count exactly. */
const FIFTEEN_DIGITS: Range = { least: -999_999_999_999_999, most: 999_999_999_999_999 }

/** A whole number as typed. Throws a UsageError that names it. */
export function wholeNumber(text: string, name: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new UsageError(`${name} is "${text}": give a whole number`)
  const number = Number(text)
  if (Math.abs(number) > FIFTEEN_DIGITS.most) throw outOfRange(text, name, rangeWords(FIFTEEN_DIGITS))
  return number
}

/** The largest number that an int32 of a message holds. */
export const MOST_INT32 = 2_147_483_647

/** A whole number that goes into an int32. The service judges its range, as far as it fits into the message; what does not is refused here with that range. */
export function int32Number(text: string, name: string, range: Range & { readonly or?: string }): number {
  const isTooLarge = /^[+-]?\d+$/.test(text) && Math.abs(Number(text)) > MOST_INT32
  if (isTooLarge) throw outOfRange(text, name, `${rangeWords(range)}${range.or ?? ''}`)
  return wholeNumber(text, name)
}

const outOfRange = (text: string, name: string, range: string): UsageError =>
  new UsageError(`${name} is "${text}": give a whole number ${range}`, { field: name, value: text })

/** "from 0 to 1,000". */
export const rangeWords = ({ least, most }: Range): string =>
  `from ${least.toLocaleString('en-GB')} to ${most.toLocaleString('en-GB')}`

/** A list's page options. */
export interface PageOptions {
  readonly pageSize?: string
  readonly pageToken?: string
}

/** A list takes these two. */
export const paged = (command: Command): Command =>
  command.option('--page-size <n>', 'entries per page, up to 1,000').option('--page-token <token>', 'the next page')

/** The page request of a list's options. */
export const pageOf = (options: PageOptions): { size: number; token: string } => ({
  size: options.pageSize === undefined ? 0 : int32Number(options.pageSize, '--page-size', { least: 1, most: 1_000 }),
  token: options.pageToken ?? '',
})

/** "More: …" under a table that has another page. */
export const moreHint = (token: string): string => (token === '' ? '' : `more: --page-token ${token}\n`)

/** How long a command waits for a service. */
export const TIMEOUT_MS = 30_000
/** How long a command waits for one that asks Amazon. */
export const AMAZON_TIMEOUT_MS = 90_000

/** Yes or no as typed. Throws a UsageError that names it. */
export function onOff(text: string | undefined, name: string): boolean | undefined {
  if (text === undefined) return undefined
  if (text === 'on') return true
  if (text === 'off') return false
  throw new UsageError(`${name} is "${text}": give on or off`)
}

/** The numbers of an account or a listing, as the connector takes them. */
export const ruleRanges = {
  max_listed: { least: 0, most: 1_000_000 },
  stock_percentage: { least: 0, most: 100 },
  end_when: { least: 0, most: 1_000_000 },
  lead_time: { least: 1, most: 30 },
} as const satisfies Record<string, Range>

const rangeOfOption = {
  '--max-listed': ruleRanges.max_listed,
  '--stock-percentage': ruleRanges.stock_percentage,
  '--end-when': ruleRanges.end_when,
  '--lead-time': ruleRanges.lead_time,
} as const

/** A number, or `none` to take it away (−1 on the wire). */
export function numberOrNone(text: string | undefined, name: keyof typeof rangeOfOption): number | undefined {
  if (text === undefined) return undefined
  if (text === 'none') return -1
  const number = int32Number(text, name, { ...rangeOfOption[name], or: ', or none to take it away' })
  if (number < 0) throw new UsageError(`${name} is "${text}": give 0 or more, or none to take it away`)
  return number
}
