const units: Record<string, number> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 }

/** The bytes of a quantity such as 384Mi. Throws when it is none. */
export function bytesOf(quantity: string | number): number {
  const [, number, unit] = /^(\d+)([KMG]i|[kMG])?$/.exec(String(quantity)) ?? []
  const factor = units[unit ?? '']
  if (number === undefined || factor === undefined) throw new Error(`${quantity} is no quantity of bytes`)
  return Number(number) * factor
}
