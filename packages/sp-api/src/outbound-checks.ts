import type { DescribedCall } from './call.ts'
import { checkChannelSku } from './sku-encoding.ts'

// Source of every limit here: SP-API, Fulfillment Outbound 2020-07-01. 2026-07-04 states fewer; the same are kept for both, so that an order fits either.

/** The most lines of one order. */
export const MAX_OUTBOUND_LINES = 100

/** The most units of one order, all lines together. */
export const MAX_OUTBOUND_UNITS = 250

/** The most characters of an order's id. */
export const MAX_OUTBOUND_ID_CHARACTERS = 40

/** The most characters of a line's id. */
const MAX_LINE_ID_CHARACTERS = 50

/** A call that was written, or the field for which it was not. */
export type OutboundCall = { readonly kind: 'call'; readonly call: DescribedCall } | OutboundRefusal

/** What Amazon would refuse, found before it is sent. `detail` holds the value, except where a buyer's data may stand. */
export interface OutboundRefusal {
  readonly kind: 'refused'
  readonly field: string
  readonly detail: string
}

/** One line of an order. */
export interface OutboundLine {
  /** The seller's own, unique in its order. */
  readonly itemId: string
  readonly sku: string
  readonly quantity: number
}

/** Where an order goes. It is buyer data: never log or keep it. */
export interface OutboundAddress {
  readonly name: string
  readonly addressLine1: string
  readonly addressLine2?: string
  readonly addressLine3?: string
  readonly city?: string
  readonly districtOrCounty?: string
  readonly stateOrRegion?: string
  readonly postalCode?: string
  /** Two capital letters. */
  readonly countryCode: string
  readonly phone?: string
}

/** The call when nothing is wrong with it. It is described only then: what is wrong may not be describable. */
export function callUnless(problem: OutboundRefusal | undefined, describe: () => DescribedCall): OutboundCall {
  return problem ?? { kind: 'call', call: describe() }
}

/** A refusal of one field. */
export function refused(field: string, detail: string): OutboundRefusal {
  return { kind: 'refused', field, detail }
}

/** The check of a value that is given; nothing is wrong with one that is not. */
export function ifGiven<Value>(
  value: Value | undefined,
  check: (value: Value) => OutboundRefusal | undefined,
): OutboundRefusal | undefined {
  return value === undefined ? undefined : check(value)
}

/** An order's id: Amazon takes each once, for good. */
export function checkOrderId(id: string): OutboundRefusal | undefined {
  if (id === '.' || id === '..') {
    return refused('orderId', `"${id}" cannot be addressed, paths take it for a folder: choose another id`)
  }
  return checkId('orderId', id, MAX_OUTBOUND_ID_CHARACTERS)
}

/** An id or another word of the seller's that Amazon bounds. */
export function checkId(field: string, id: string, most: number): OutboundRefusal | undefined {
  const shown = JSON.stringify(id)
  if (id === '') return refused(field, `${field} is empty: give 1 to ${String(most)} characters`)
  const characters = Array.from(id).length
  if (characters > most) {
    return refused(field, `${shown} has ${String(characters)} characters: shorten it to ${String(most)}`)
  }
  return id.isWellFormed() ? undefined : refused(field, `${shown} holds half a character: send whole text`)
}

/** A text for people, which may speak of the buyer: the refusal does not repeat it. */
export function checkText(field: string, text: string, most: number): OutboundRefusal | undefined {
  const characters = Array.from(text).length
  if (characters > most) {
    return refused(field, `${field} has ${String(characters)} characters: shorten it to ${String(most)}`)
  }
  return text.isWellFormed() ? undefined : refused(field, `${field} holds half a character: send whole text`)
}

/** A point in time that can be written at all. */
export function checkInstant(field: string, instant: Date): OutboundRefusal | undefined {
  return Number.isNaN(instant.getTime()) ? refused(field, `${field} is no point in time: give a date`) : undefined
}

/** The lines of an order: how many, which, and how many units together. */
export function checkLines(lines: readonly OutboundLine[]): OutboundRefusal | undefined {
  if (lines.length < 1) return refused('items', 'the order has 0 lines: give at least 1')
  if (lines.length > MAX_OUTBOUND_LINES) {
    return refused('items', `${String(lines.length)} lines: split the order, one takes ${String(MAX_OUTBOUND_LINES)}`)
  }
  const seen = new Set<string>()
  for (const [index, line] of lines.entries()) {
    const problem = checkLine(`items[${String(index)}]`, line, seen)
    if (problem) return problem
    seen.add(line.itemId)
  }
  const units = lines.reduce((sum, { quantity }) => sum + quantity, 0)
  if (units <= MAX_OUTBOUND_UNITS) return undefined
  return refused('items', `${String(units)} units: split the order, one takes ${String(MAX_OUTBOUND_UNITS)}`)
}

/** Name, street and country of an address. No value of it is ever repeated but the country. */
export function checkAddress(address: OutboundAddress): OutboundRefusal | undefined {
  for (const name of ['name', 'addressLine1'] as const) {
    if (address[name].trim() === '') return refused(`address.${name}`, `the address has no ${name}: give one`)
  }
  const broken = Object.entries(address).find(([, text]) => typeof text === 'string' && !text.isWellFormed())
  if (broken) return refused(`address.${broken[0]}`, `${broken[0]} holds half a character: send whole text`)
  return checkCountry('address.countryCode', address.countryCode)
}

/** A country by its two letters. */
export function checkCountry(field: string, code: string): OutboundRefusal | undefined {
  if (/^[A-Z]{2}$/.test(code)) return undefined
  return refused(field, `${JSON.stringify(code)} is no country code: give two capital letters, as GB`)
}

/** Which SKU, and how many of it. */
export function checkUnits(field: string, line: Omit<OutboundLine, 'itemId'>): OutboundRefusal | undefined {
  const sku = checkChannelSku(line.sku)
  if (sku.kind === 'refused') return refused(`${field}.sku`, `${sku.detail}: correct the SKU`)
  if (Number.isSafeInteger(line.quantity) && line.quantity >= 1) return undefined
  return refused(`${field}.quantity`, `${String(line.quantity)} units: give a whole number from 1`)
}

function checkLine(field: string, line: OutboundLine, seen: ReadonlySet<string>): OutboundRefusal | undefined {
  if (seen.has(line.itemId)) {
    return refused(`${field}.itemId`, `${JSON.stringify(line.itemId)} names two lines: give each an id of its own`)
  }
  return checkId(`${field}.itemId`, line.itemId, MAX_LINE_ID_CHARACTERS) ?? checkUnits(field, line)
}
