/** Two SKUs that a person takes for one: equal but for case and spaces around. */
export function looksLike(one: string, other: string): boolean {
  return one !== other && fold(one) === fold(other)
}

/** How two SKUs that look alike differ, in words. */
export function differenceOf(
  one: string,
  other: string,
): 'letter case' | 'spaces around it' | 'letter case and spaces around it' {
  if (one.trim() === other.trim()) return 'spaces around it'
  const onlyCase = one.toLowerCase() === other.toLowerCase()
  return onlyCase ? 'letter case' : 'letter case and spaces around it'
}

function fold(sku: string): string {
  return sku.trim().toLowerCase()
}
