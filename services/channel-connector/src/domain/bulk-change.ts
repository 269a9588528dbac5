import { checkChannelSku } from '@lockstep/sp-api/sku-encoding'

/** What is to change of one listing. What is absent stays as it is. */
export interface BulkChange {
  title?: string
  description?: string
  price?: { minor: number; currency: string }
}

/** A line of a job as it was handed in. */
export interface BulkLine {
  line: number
  channelSku: string
  title?: string | undefined
  description?: string | undefined
  /** A plain decimal number such as 12.99. */
  price?: string | undefined
  /** The marketplace's own when absent. */
  currency?: string | undefined
}

/** What is wrong with a line. */
export interface BadBulkLine {
  line: number
  /** The SKU of the line, as far as it can be shown. */
  item: string
  reason: string
  message: string
  field: string
  value: string
}

/** The money of the marketplace that the job is for. */
export interface MarketplaceMoney {
  currency: string
  currencyDigits: number
}

const mostCharacters = { title: 200, description: 2_000 }
const mostPriceMinor = 1_000_000_000

/** The change that a line asks for, or the first thing that is wrong with it. */
export function readBulkLine(
  line: BulkLine,
  money: MarketplaceMoney,
): { kind: 'good'; change: BulkChange } | { kind: 'bad'; bad: BadBulkLine } {
  const bad = skuProblem(line) ?? textProblem(line, 'title') ?? textProblem(line, 'description')
  if (bad) return { kind: 'bad', bad }
  const price = readPrice(line, money)
  if (price && 'reason' in price) return { kind: 'bad', bad: price }
  const change: BulkChange = {
    ...(line.title !== undefined && { title: line.title }),
    ...(line.description !== undefined && { description: line.description }),
    ...(price && { price }),
  }
  if (Object.keys(change).length > 0) return { kind: 'good', change }
  const message = 'nothing is to change: give a title, a description or a price'
  return { kind: 'bad', bad: badLine(line, { reason: 'NOTHING_TO_CHANGE', message, field: 'title', value: '' }) }
}

/** A value as a message may repeat it: short, and on one line. */
export function shownValue(value: string): string {
  const printable = value.replaceAll(/[\p{Cc}\p{Cs}]/gu, '\u{FFFD}')
  return printable.length <= 60 ? printable : `${printable.slice(0, 57)}...`
}

function badLine(
  { line, channelSku }: BulkLine,
  { value, ...problem }: { reason: string; message: string; field: string; value: string },
): BadBulkLine {
  return { line, item: shownValue(channelSku), ...problem, value: shownValue(value) }
}

function skuProblem(line: BulkLine): BadBulkLine | undefined {
  const check = checkChannelSku(line.channelSku)
  if (check.kind === 'good') return undefined
  const message = shownValue(check.detail)
  return badLine(line, { reason: 'CHANNEL_SKU_INVALID', message, field: 'channel_sku', value: line.channelSku })
}

function textProblem(line: BulkLine, field: 'title' | 'description'): BadBulkLine | undefined {
  const value = line[field]
  if (value === undefined) return undefined
  const wrong = (reason: string, message: string): BadBulkLine => badLine(line, { reason, message, field, value })
  if (value.trim() === '') return wrong('TEXT_EMPTY', `the ${field} is empty; leave it out to keep what is there`)
  const characters = Array.from(value).length
  const most = mostCharacters[field]
  if (characters > most) return wrong('TEXT_TOO_LONG', `the ${field} has ${characters} characters; ${most} are allowed`)
  if (!value.isWellFormed() || value.includes('\uFFFD'))
    return wrong('CHARACTER_LOST', `the ${field} holds a character that was lost on its way; save the file as UTF-8`)
  // A spreadsheet that was saved with its formulas shows them to every buyer.
  if (/^[=@]|^[+-](?=[A-Z(])/u.test(value))
    return wrong('FORMULA', `the ${field} "${shownValue(value)}" is a formula; save the values of the sheet`)
  const controls = field === 'title' ? /\p{Cc}/u : /[^\P{Cc}\n\r\t]/u
  if (controls.test(value)) return wrong('CONTROL_CHARACTER', `the ${field} holds a control character`)
  return undefined
}

function readPrice(
  line: BulkLine,
  money: MarketplaceMoney,
): NonNullable<BulkChange['price']> | BadBulkLine | undefined {
  const { price, currency } = line
  if (currency !== undefined && currency !== money.currency) {
    const message = `"${shownValue(currency)}" is not the currency of the marketplace: ${money.currency}`
    return badLine(line, { reason: 'CURRENCY_WRONG', message, field: 'currency', value: currency })
  }
  if (price === undefined) return undefined
  const minor = minorUnits(price, money.currencyDigits)
  if (minor !== undefined && minor > 0 && minor <= mostPriceMinor) return { minor, currency: money.currency }
  const example = (12).toFixed(money.currencyDigits)
  const message = `"${shownValue(price)}" is no price in ${money.currency}: give a number above 0 such as ${example}`
  return badLine(line, { reason: 'PRICE_INVALID', message, field: 'price', value: price })
}

function minorUnits(price: string, digits: number): number | undefined {
  const parts = /^(\d{1,9})(?:\.(\d{1,4}))?$/.exec(price)
  const [, whole, fraction = ''] = parts ?? []
  if (whole === undefined || fraction.length > digits) return undefined
  return Number(`${whole}${fraction.padEnd(digits, '0')}`)
}
