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

const WHOLE = /^[+-]?\d{1,15}$/

/** A whole number as typed. Throws a UsageError that names it. */
export function wholeNumber(text: string, name: string): number {
  if (!WHOLE.test(text)) throw new UsageError(`${name} is "${text}": give a whole number`)
  return Number(text)
}

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
  size: options.pageSize === undefined ? 0 : wholeNumber(options.pageSize, '--page-size'),
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

/** A number, or `none` to take it away (−1 on the wire). */
export function numberOrNone(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  if (text === 'none') return -1
  const number = wholeNumber(text, name)
  if (number < 0) throw new UsageError(`${name} is "${text}": give 0 or more, or none to take it away`)
  return number
}
