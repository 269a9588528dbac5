/** The level of an item in one location. */
export interface Level {
  readonly locationId: string
  readonly isFba: boolean
  readonly onHand: number
  readonly available: number
}

/** Which locations an account sums up. */
export interface SummedLocations {
  readonly locationIds: readonly string[]
  /** Amazon's own fulfilment centres are left out of the sum. */
  readonly withoutFba: boolean
}

/** On-hand and available over the locations of an account; undefined when it sums up none of them. */
export function stockInLocations(
  levels: readonly Level[],
  { locationIds, withoutFba }: SummedLocations,
): { onHand: number; available: number } | undefined {
  const counted = levels.filter(({ locationId, isFba }) => locationIds.includes(locationId) && !(isFba && withoutFba))
  if (counted.length === 0) return undefined
  return {
    onHand: counted.reduce((sum, { onHand }) => sum + onHand, 0),
    available: counted.reduce((sum, { available }) => sum + available, 0),
  }
}
