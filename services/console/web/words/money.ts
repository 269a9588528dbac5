/** An amount in the smallest unit of its currency, as the viewer writes it. */
export function moneyText({ minor, currency }: { minor: number; currency: string }): string {
  const format = formatOf(currency)
  if (!format) return `${minor} ${currency}`
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2
  return format.format(minor / 10 ** digits)
}

function formatOf(currency: string): Intl.NumberFormat | undefined {
  try {
    return new Intl.NumberFormat(undefined, { style: 'currency', currency })
  } catch {
    // No currency code, or one that is not a code at all.
    return undefined
  }
}
