import { findMarketplace } from './marketplaces.ts'
import type { Seller } from './records.ts'
import { accessDenied, type AmazonRefusalError } from './refusals.ts'

/** The query part of a request. Values are decoded once; `+` is a space, as in form encoding. */
export class Query {
  readonly params: URLSearchParams

  constructor(text: string) {
    this.params = new URLSearchParams(text)
  }

  find(name: string): string | undefined {
    return this.params.get(name) ?? undefined
  }

  /** A list, given as `a,b`, as repeated parameters or both. It is decoded before it is split: a comma inside a value splits it. */
  list(name: string): string[] | undefined {
    const values = this.params.getAll(name).flatMap((value) => value.split(','))
    return this.params.has(name) ? values.filter((value) => value !== '') : undefined
  }

  has(name: string): boolean {
    return this.params.has(name)
  }

  /** For the journal: repeated parameters joined with commas. */
  asRecord(): Record<string, string> {
    const record: Record<string, string> = {}
    for (const [name, value] of this.params) record[name] = name in record ? `${record[name]},${value}` : value
    return record
  }
}

/** How an API family words a 400. */
export type Complaint = (message: string) => AmazonRefusalError

/** A list whose every value is one of the allowed ones. */
export function listOf<Value extends string>(
  query: Query,
  name: string,
  rule: { allowed: readonly Value[]; complain: Complaint },
): Value[] | undefined {
  return query.list(name)?.map((value) => {
    const known = rule.allowed.find((candidate) => candidate === value)
    if (known === undefined)
      throw rule.complain(`Value '${value}' of '${name}' is not one of ${rule.allowed.join(', ')}.`)
    return known
  })
}

/** A whole number within bounds, or the default. */
export function integerOf(
  query: Query,
  name: string,
  rule: { min: number; max: number; otherwise: number; complain: Complaint },
): number {
  const text = query.find(name)
  if (text === undefined) return rule.otherwise
  const value = Number(text)
  if (!Number.isInteger(value) || value < rule.min || value > rule.max) {
    throw rule.complain(`Value '${text}' of '${name}' must be a whole number from ${rule.min} to ${rule.max}.`)
  }
  return value
}

/** Refuses ids that are no marketplace (400) and marketplaces in which the seller does not sell (403). */
export function checkMarketplaces(seller: Seller, ids: readonly string[], complain: Complaint): void {
  for (const id of ids) {
    if (!findMarketplace(id)) throw complain(`Marketplace id '${id}' is not valid.`)
    if (!seller.marketplaceIds.includes(id)) throw accessDenied()
  }
}
