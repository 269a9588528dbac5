import { refusal } from '../commands/refuse.ts'
import { type BadSetting, readNumbers, type SettingsChange } from '../domain/account-settings.ts'
import type { ListingRules } from '../domain/rule-change.ts'

type AccountNumber = 'maxListed' | 'stockPercentage' | 'endWhen' | 'defaultLeadTimeDays'
type ListingNumber = 'maxListed' | 'stockPercentage' | 'endWhen' | 'leadTimeDays'
type Given<Names extends string> = { [K in Names]?: number | undefined }

/** An account's settings as a request names them. */
export interface GivenSettings extends Given<AccountNumber> {
  enabled?: boolean | undefined
  updateInventory?: boolean | undefined
  channelSpecificStock?: boolean | undefined
  productLeadTimes?: boolean | undefined
  despatchNotes?: boolean | undefined
}

/** Reads an account's settings; names every number that is out of range. */
export function readSettings(given: GivenSettings): SettingsChange {
  const numbers = readNumbers<AccountNumber>(given)
  if ('bad' in numbers) throw badNumbers(numbers.bad)
  const { enabled, updateInventory, channelSpecificStock, productLeadTimes, despatchNotes } = given
  return {
    ...numbers.change,
    ...(enabled !== undefined && { enabled }),
    ...(updateInventory !== undefined && { updateInventory }),
    ...(channelSpecificStock !== undefined && { channelSpecificStock }),
    ...(productLeadTimes !== undefined && { productLeadTimes }),
    ...(despatchNotes !== undefined && { despatchNotes }),
  }
}

/** The rules of one listing as a request names them. */
export interface GivenRules extends Given<ListingNumber> {
  channelSku: string
  ignoreSync?: boolean | undefined
}

const mostRules = 1000

/** Refuses a batch without lines, and one that is too large. */
export function checkRules<T>(lines: readonly T[]): readonly T[] {
  if (lines.length > 0 && lines.length <= mostRules) return lines
  const message = `${lines.length} listings are named: name 1 to ${mostRules}`
  throw refusal('FIELD_INVALID', { message, field: 'rules', value: String(lines.length) })
}

/** Reads the rules of listings; names the bad numbers of every line, and refuses a SKU that is named twice. */
export function readListingRules(lines: readonly GivenRules[]): { channelSku: string; change: ListingRules }[] {
  const named = new Set<string>()
  const refused: { index: number; item: string; reason: string; message: string; field: string; value: string }[] = []
  const rules = lines.map((line, index) => {
    const say = (field: string, message: string, value: string) =>
      refused.push({ index, item: line.channelSku, reason: 'SETTING_INVALID', message, field, value })
    if (named.has(line.channelSku)) say('channel_sku', `"${line.channelSku}" is named twice`, line.channelSku)
    named.add(line.channelSku)
    const numbers = readNumbers<ListingNumber>(line)
    if ('bad' in numbers) for (const bad of numbers.bad) say(bad.field, bad.message, String(bad.value))
    const { ignoreSync } = line
    const change = { ...('bad' in numbers ? {} : numbers.change), ...(ignoreSync !== undefined && { ignoreSync }) }
    if (Object.keys(change).length === 0 && !('bad' in numbers)) say('rules', 'no rule is named', '')
    return { channelSku: line.channelSku, change }
  })
  const [first] = refused
  if (!first) return rules
  const others = refused.length === 1 ? '' : `; ${refused.length - 1} more`
  const { message, field, value } = first
  throw refusal('SETTING_INVALID', { message: `${message}${others}`, field, value, lines: refused })
}

function badNumbers(bad: readonly BadSetting[]): Error {
  const [first] = bad
  const message = bad.map((one) => one.message).join('; ')
  return refusal('SETTING_INVALID', { message, field: first?.field ?? '', value: String(first?.value ?? '') })
}
