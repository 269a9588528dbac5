/** A free name and value on an item. */
export interface Property {
  name: string
  value: string
}

/** The days to ship that an item brings. */
export interface ProductLeadTimes {
  /** For every account; null when none is named. */
  forAll: number | null
  /** By account name, for those that have their own. */
  byAccount: Record<string, number>
  /** Properties that name a lead time and hold none. */
  bad: Property[]
}

const forEveryAccount = 'Despatch Time'
const forOneAccount = 'AMAZON_'
const days = /^([1-9]|[12]\d|30)$/

/** Reads an item's lead times off its properties: `Despatch Time` for all accounts, `AMAZON_<account name>` for one. Whole days from 1 to 30; anything else counts as none. */
export function readLeadTimes(properties: readonly Property[]): ProductLeadTimes {
  const times: ProductLeadTimes = { forAll: null, byAccount: {}, bad: [] }
  for (const property of properties) {
    const { name } = property
    if (name !== forEveryAccount && !name.startsWith(forOneAccount)) continue
    const value = property.value.trim()
    if (!days.test(value)) times.bad.push(property)
    else if (name === forEveryAccount) times.forAll = Number(value)
    else times.byAccount[name.slice(forOneAccount.length)] = Number(value)
  }
  return times
}
