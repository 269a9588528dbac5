import type { Seller } from '../records.ts'
import { typeForbidden } from '../refusals.ts'
import { findFeedType } from './feed-types.ts'

/** Throws Amazon's 403 when the seller granted none of the roles of a feed type. */
export function requireTypeRole(seller: Seller, feedType: string): void {
  const roles = findFeedType(feedType)?.roles ?? []
  if (!roles.some((role) => seller.roles.includes(role))) throw typeForbidden()
}
