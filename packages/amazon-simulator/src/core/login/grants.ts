import type { Seller } from '../records.ts'
import { sellerKeyOf, type World } from '../world.ts'
import type { Grant } from './records.ts'

/** Amazon asks every seller to renew after this long. */
export const authorizationLifeMs = 365 * 24 * 3600 * 1000

/** The seller that granted a refresh token. */
export function findByRefreshToken(world: World, refreshToken: string): Seller | undefined {
  for (const seller of world.sellers.all()) if (seller.refreshTokens.includes(refreshToken)) return seller
  return undefined
}

/**
 * Whether the authorisation behind a refresh token has run out. Authorising again renews it for the earlier tokens of the
 * same client as well. A token without a date never runs out.
 */
export function isGrantExpired(world: World, refreshToken: string, now: number): boolean {
  const grant = world.grants.find(refreshToken)
  if (!grant || grant.authorizedAt === null) return false
  const renewals = [...world.grants.all()].filter(
    ({ sellerKey, clientId }) => sellerKey === grant.sellerKey && clientId === grant.clientId,
  )
  return now >= Math.max(...renewals.map(({ authorizedAt }) => authorizedAt ?? 0)) + authorizationLifeMs
}

/** Records that a seller authorised the application; the refresh token is added to the ones that are there. */
export function addGrant(world: World, seller: Seller, grant: Omit<Grant, 'sellerKey'>): void {
  if (!seller.refreshTokens.includes(grant.refreshToken)) seller.refreshTokens.push(grant.refreshToken)
  world.sellers.save(seller)
  world.grants.save({ ...grant, sellerKey: sellerKeyOf(seller) })
}
