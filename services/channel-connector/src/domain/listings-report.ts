/** What one row of a listings report says. */
export interface ReportedListing {
  channelSku: string
  asin: string
  title: string
  /** Whether Amazon fulfils it: anything but DEFAULT in the fulfilment channel. */
  fba: boolean
  active: boolean
  /** Why this SKU cannot be linked; null when it can. */
  skuProblem: string | null
  /** What the report shows; empty for a listing that Amazon fulfils. */
  listedQuantity: number | null
  priceMinor: number | null
}

/** Where each column of a report stands. */
export interface ReportColumns {
  sku: number
  fulfilment: number
  title: number | undefined
  asin: number | undefined
  price: number | undefined
  quantity: number | undefined
  status: number | undefined
}

/** What reading a row needs to know besides the row. */
export interface RowRules {
  columns: ReportColumns
  /** Digits after the point of the marketplace's currency. */
  currencyDigits: number
  /** Why a SKU cannot be linked, or null. */
  skuProblemOf(sku: string): string | null
}

/** Finds the columns by the names of their header, whatever their order. Undefined when one is missing that nothing can stand in for. */
export function findColumns(header: readonly string[]): ReportColumns | undefined {
  const names = header.map((name) => name.trim().toLowerCase())
  const find = (name: string): number | undefined => (names.includes(name) ? names.indexOf(name) : undefined)
  const sku = find('seller-sku')
  const fulfilment = find('fulfillment-channel')
  if (sku === undefined || fulfilment === undefined) return undefined
  return {
    sku,
    fulfilment,
    title: find('item-name'),
    asin: find('asin1'),
    price: find('price'),
    quantity: find('quantity'),
    status: find('status'),
  }
}

/**
 * Reads a row. `lost` for a SKU that lost characters on its way: it cannot be told which listing it names, so nothing may be done with it.
 * Without a status column every listing counts as active; without a fulfilment channel a listing counts as Amazon's, whose quantity is never sent.
 */
export function readRow(cells: readonly string[], rules: RowRules): ReportedListing | 'lost' | 'empty' {
  const { columns } = rules
  const cell = (column: number | undefined): string => (column === undefined ? '' : (cells[column] ?? ''))
  const channelSku = cell(columns.sku)
  if (channelSku === '') return 'empty'
  if (channelSku.includes('\uFFFD') || channelSku.includes('\u0000')) return 'lost'
  return {
    channelSku,
    asin: cell(columns.asin).trim(),
    title: cell(columns.title).replaceAll('\u0000', ''),
    fba: cell(columns.fulfilment).trim().toUpperCase() !== 'DEFAULT',
    active: columns.status === undefined || cell(columns.status).trim().toLowerCase() === 'active',
    skuProblem: rules.skuProblemOf(channelSku),
    listedQuantity: wholeNumber(cell(columns.quantity)),
    priceMinor: minorUnits(cell(columns.price), rules.currencyDigits),
  }
}

function wholeNumber(text: string): number | null {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : null
}

/** An amount such as 9.99 or 9,99 in minor units of its currency; anything else is no price. */
export function minorUnits(text: string, digits: number): number | null {
  const match = /^(\d{1,9})(?:[.,](\d{1,4}))?$/.exec(text.trim())
  if (!match) return null
  const fraction = (match[2] ?? '').padEnd(digits, '0')
  return Number(match[1]) * 10 ** digits + Math.round(Number(`0.${fraction}`) * 10 ** digits)
}
