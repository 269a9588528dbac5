import type { Listing } from '../records.ts'
import { listingKeyOf, type World } from '../world.ts'

/** The label Amazon's warehouse puts on a seller's units. */
export function fnskuOf(world: World, listing: Listing): string {
  return `X00${world.ids
    .signature(`fnsku|${listingKeyOf(listing)}`)
    .slice(0, 7)
    .toUpperCase()}`
}
