/** Money in the smallest unit of its currency. The currency is empty while there is no price. */
export interface Price {
  minor: number
  currency: string
}

/** A free name, value and type on an item. */
export interface ItemProperty {
  name: string
  value: string
  type: string
}

/** What is known of an item beside its stock. */
export interface ItemDetails {
  title: string
  description: string
  purchasePrice: Price
  retailPrice: Price
  weightGrams: number
  /** Hundredths of a percent; -1 is the system's default. */
  taxRateBasisPoints: number
  /** By name. */
  properties: ItemProperty[]
}

/** What is to change of an item. What is absent stays as it is. */
export interface ItemChange {
  title?: string | undefined
  description?: string | undefined
  purchasePrice?: Price | undefined
  retailPrice?: Price | undefined
  weightGrams?: number | undefined
  taxRateBasisPoints?: number | undefined
  /** Each replaces the property of its name. */
  setProperties: readonly ItemProperty[]
  removeProperties: readonly string[]
}

/** One field that differs, as people read it. */
export interface FieldChange {
  field: string
  from: string
  to: string
}

export const newItemDetails = (title: string): ItemDetails => ({
  title,
  description: '',
  purchasePrice: { minor: 0, currency: '' },
  retailPrice: { minor: 0, currency: '' },
  weightGrams: 0,
  taxRateBasisPoints: -1,
  properties: [],
})

/** The details after a change. */
export function withChange(before: ItemDetails, change: ItemChange): ItemDetails {
  const properties = new Map(before.properties.map((property) => [property.name, property]))
  for (const name of change.removeProperties) properties.delete(name)
  for (const property of change.setProperties) properties.set(property.name, property)
  return {
    title: change.title ?? before.title,
    description: change.description ?? before.description,
    purchasePrice: change.purchasePrice ?? before.purchasePrice,
    retailPrice: change.retailPrice ?? before.retailPrice,
    weightGrams: change.weightGrams ?? before.weightGrams,
    taxRateBasisPoints: change.taxRateBasisPoints ?? before.taxRateBasisPoints,
    properties: [...properties.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  }
}

/** Every field that differs. */
export function changedFields(before: ItemDetails, after: ItemDetails): FieldChange[] {
  const fields: [string, string, string][] = [
    ['title', before.title, after.title],
    ['description', before.description, after.description],
    ['purchase_price', shownPrice(before.purchasePrice), shownPrice(after.purchasePrice)],
    ['retail_price', shownPrice(before.retailPrice), shownPrice(after.retailPrice)],
    ['weight_grams', String(before.weightGrams), String(after.weightGrams)],
    ['tax_rate_basis_points', String(before.taxRateBasisPoints), String(after.taxRateBasisPoints)],
    ...propertyChanges(before, after),
  ]
  return fields.flatMap(([field, from, to]) => (from === to ? [] : [{ field, from, to }]))
}

const shownPrice = ({ minor, currency }: Price): string => (currency === '' ? String(minor) : `${minor} ${currency}`)

function propertyChanges(before: ItemDetails, after: ItemDetails): [string, string, string][] {
  const shown = (details: ItemDetails) =>
    new Map(details.properties.map(({ name, value, type }) => [name, `${value} (${type})`]))
  const [from, to] = [shown(before), shown(after)]
  const names = [...new Set([...from.keys(), ...to.keys()])]
  return names.map((name) => [`property:${name}`, from.get(name) ?? '', to.get(name) ?? ''])
}
