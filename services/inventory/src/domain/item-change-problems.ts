import type { ItemChange, ItemDetails, ItemProperty, Price } from './item-details.ts'
import { textProblem } from './names.ts'
import { shown, type Problem } from './refusal.ts'

const mostDescription = 4_000
const mostPriceMinor = 1_000_000_000
const mostWeightGrams = 10_000_000
export const mostProperties = 100

/** The first thing that is wrong with a change by itself. */
export function changeProblem(change: ItemChange): Problem | undefined {
  return (
    (change.title === undefined ? undefined : textProblem('title', change.title)) ??
    (change.description === undefined ? undefined : descriptionProblem(change.description)) ??
    priceProblem('purchase_price', change.purchasePrice) ??
    priceProblem('retail_price', change.retailPrice) ??
    numberProblem('weight_grams', change.weightGrams, { least: 0, most: mostWeightGrams }) ??
    taxRateProblem(change.taxRateBasisPoints) ??
    propertiesProblem(change.setProperties)
  )
}

/** What is wrong with an item as it would be. */
export function detailsProblem(details: ItemDetails): Problem | undefined {
  const count = details.properties.length
  if (count <= mostProperties) return undefined
  const message = `an item has at most ${mostProperties} properties, not ${count}`
  return { reason: 'FIELD_INVALID', message, field: 'properties', value: String(count) }
}

function descriptionProblem(text: string): Problem | undefined {
  const length = Array.from(text).length
  if (length <= mostDescription && !text.includes('\0') && text.isWellFormed()) return undefined
  const message =
    length > mostDescription
      ? `the description has ${length} characters, the most is 4,000`
      : 'the description holds a character that is not text'
  return { reason: 'FIELD_INVALID', message, field: 'description', value: shown(text) }
}

export function priceProblem(field: string, price: Price | undefined): Problem | undefined {
  if (!price) return undefined
  const { minor, currency } = price
  const value = shown(`${minor} ${currency}`)
  if (!Number.isInteger(minor) || minor < 0 || minor > mostPriceMinor) {
    const message = `${field} ${value} is not between 0 and 1,000,000,000 of the smallest unit`
    return { reason: 'FIELD_INVALID', message, field, value }
  }
  if (/^[A-Z]{3}$/.test(currency) || (minor === 0 && currency === '')) return undefined
  const message = `${field} ${value} has no currency: give its three letters, such as GBP`
  return { reason: 'FIELD_INVALID', message, field, value }
}

function numberProblem(
  field: string,
  value: number | undefined,
  { least, most }: { least: number; most: number },
): Problem | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return undefined
  const message = `${field} ${value} is not a whole number from ${least} to ${most.toLocaleString('en-GB')}`
  return { reason: 'FIELD_INVALID', message, field, value: String(value) }
}

/** People give it in percent. */
function taxRateProblem(basisPoints: number | undefined): Problem | undefined {
  const field = 'tax_rate_basis_points'
  const problem = numberProblem(field, basisPoints, { least: -1, most: 10_000 })
  if (!problem || basisPoints === undefined) return problem
  return { ...problem, message: `a tax rate of ${basisPoints / 100} % is not between 0 and 100 %` }
}

function propertiesProblem(properties: readonly ItemProperty[]): Problem | undefined {
  const names = new Set<string>()
  for (const property of properties) {
    const problem = propertyProblem(property, names.has(property.name))
    if (problem) return problem
    names.add(property.name)
  }
  return undefined
}

function propertyProblem({ name, value, type }: ItemProperty, isRepeated: boolean): Problem | undefined {
  const refuse = (message: string): Problem => {
    return { reason: 'FIELD_INVALID', message, field: 'properties', value: shown(name) }
  }
  if (name === '' || name !== name.trim()) return refuse(`a property is called "${shown(name)}": give it a name`)
  if (Array.from(name).length > 80 || /\p{Cc}/u.test(name))
    return refuse(`the property name "${shown(name)}" has 1 to 80 characters on one line`)
  if (isRepeated) return refuse(`the property ${shown(name)} is named twice`)
  if (type === '' || Array.from(type).length > 40 || /\p{Cc}/u.test(type))
    return refuse(`the type of the property ${shown(name)} has 1 to 40 characters, such as Attribute`)
  return (
    textProblem('value', value) && refuse(`the value of the property ${shown(name)} has at most 500 characters of text`)
  )
}
