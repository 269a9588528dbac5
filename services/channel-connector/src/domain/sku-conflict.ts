import type { MemberRole } from '@lockstep/pacing/group-policy'
import type { GroupState } from '@lockstep/pacing/group-state'

/** A listing of a shared SKU, with what it gives to it. */
export interface ConflictMember {
  accountId: string
  accountName: string
  marketplace: string
  itemId: string | null
  itemSku: string | null
  desired: number | null
  role: 'sends' | 'follows'
  /** The gate that is closed; null when it sends. */
  reason: string | null
}

/** What is known of a listing of a shared SKU beside its number. */
export interface SharedListing {
  listingId: string
  accountId: string
  accountName: string
  marketplace: string
  enabled: boolean
  asin: string
  itemId: string | null
  itemSku: string | null
}

/** The listings of a shared SKU with their parts in its number, as last computed. One that no computation knew yet follows. */
export function conflictMembers(listings: readonly SharedListing[], state: GroupState): ConflictMember[] {
  const roles = new Map((state.computation?.members ?? []).map((role) => [role.listingId, role]))
  return listings.map(({ listingId, accountId, accountName, marketplace, itemId, itemSku, enabled }) => {
    const role: Partial<MemberRole> = roles.get(listingId) ?? {}
    return {
      accountId,
      accountName,
      marketplace,
      itemId,
      itemSku,
      desired: role.desired ?? null,
      role: role.role ?? 'follows',
      reason: role.reason ?? (enabled ? null : 'account_enabled'),
    }
  })
}

/** What a person reads of a shared SKU whose number a switched-off sibling sells from. */
export function disabledDetail(members: readonly ConflictMember[]): string {
  const off = members.filter(({ reason }) => reason === 'account_enabled').map(({ accountName }) => accountName)
  return `${off.join(', ')} is off and sells from the same quantity: its orders are not downloaded`
}

/** Source: Listings Items 2021-08-01, seller SKUs have at most 40 characters. */
const longestSku = 40

/** The SKU that a listing of a shared one would have for itself; undefined when it does not fit. */
export function ownSku(channelSku: string, marketplace: string): string | undefined {
  const own = `${channelSku}_${marketplace}`
  return own.length <= longestSku ? own : undefined
}
