import { isJsonObject, quoted } from '../json.ts'
import { findMarketplace } from '../marketplaces.ts'
import { invalidInput } from '../refusals.ts'
import type { EventFilter } from './records.ts'
import type { NotificationType } from './types.ts'

const orderChangeTypes = ['OrderStatusChange', 'BuyerRequestedChange', 'DeliveryTipChange']
const aggregationPeriods = ['FiveMinutes', 'TenMinutes']
const knownFields = ['eventFilterType', 'marketplaceIds', 'orderChangeTypes', 'aggregationSettings']

/**
 * The processingDirective of a subscription. Amazon takes an event filter or a filter expression, never both; the
 * simulator evaluates no expressions and says so.
 */
export function readEventFilter(directive: unknown, of: { name: string; type: NotificationType }): EventFilter | null {
  if (directive === undefined || directive === null) return null
  const { eventFilter, filterExpression } = isJsonObject(directive) ? directive : {}
  if (eventFilter !== undefined && filterExpression !== undefined)
    throw invalidInput("'processingDirective' takes eventFilter or filterExpression, not both.")
  if (filterExpression !== undefined)
    throw invalidInput("'filterExpression' is not evaluated by this simulator: use eventFilter.")
  if (!isJsonObject(eventFilter)) throw invalidInput("'processingDirective' needs an eventFilter.")
  if (!of.type.filterable) throw invalidInput(`'${of.name}' cannot be filtered with an eventFilter.`)
  const unknown = Object.keys(eventFilter).find((field) => !knownFields.includes(field))
  if (unknown !== undefined) throw invalidInput(`'eventFilter' has no field '${unknown}'.`)
  if (eventFilter['eventFilterType'] !== of.name)
    throw invalidInput(`'eventFilterType' must be ${of.name}, not '${quoted(eventFilter['eventFilterType'])}'.`)
  return {
    eventFilterType: of.name,
    ...readList(eventFilter, 'marketplaceIds', (id) => findMarketplace(id) !== undefined),
    ...readList(eventFilter, 'orderChangeTypes', (type) => orderChangeTypes.includes(type)),
    ...readAggregation(eventFilter['aggregationSettings']),
  }
}

function readList(
  filter: Record<string, unknown>,
  name: 'marketplaceIds' | 'orderChangeTypes',
  isKnown: (value: string) => boolean,
): Partial<EventFilter> {
  const value = filter[name]
  if (value === undefined) return {}
  const isList = Array.isArray(value) && value.length > 0
  if (isList && value.every((entry): entry is string => typeof entry === 'string' && isKnown(entry)))
    return { [name]: value }
  throw invalidInput(`'${name}' is not valid: '${quoted(value)}'.`)
}

function readAggregation(value: unknown): Partial<EventFilter> {
  if (value === undefined) return {}
  const period = isJsonObject(value) ? value['aggregationTimePeriod'] : undefined
  if (typeof period !== 'string' || !aggregationPeriods.includes(period))
    throw invalidInput(`'aggregationTimePeriod' must be one of ${aggregationPeriods.join(', ')}.`)
  return { aggregationSettings: { aggregationTimePeriod: period } }
}
