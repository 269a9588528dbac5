import { claimRevocation } from './faults.ts'
import type { AccessToken, FaultAction, Seller } from './records.ts'
import { sellerKeyOf, type World } from './world.ts'

/** What the token endpoint answers. */
export interface LoginAnswer {
  status: number
  body: Record<string, unknown>
  sellerId: string | null
  fault: FaultAction | null
}

const accessTokenLifeSeconds = 3600
/** Expired tokens are remembered for a day, so that they answer "expired" and not "malformed". */
const forgetTokenAfterMs = 24 * 3600 * 1000

/**
 * POST /auth/o2/token with the refresh_token grant.
 * Source: Login with Amazon, and the LWA error bodies integrators report (error, error_description).
 */
export function login(world: World, form: URLSearchParams, now: number): LoginAnswer {
  const grant = form.get('grant_type')
  if (!grant) return refused(400, 'invalid_request', 'Malformed request')
  if (grant !== 'refresh_token') {
    return refused(
      400,
      'unsupported_grant_type',
      'The authorization grant type is not supported by the authorization server',
    )
  }
  const clientId = form.get('client_id')
  const refreshToken = form.get('refresh_token')
  if (!clientId || !form.get('client_secret') || !refreshToken)
    return refused(400, 'invalid_request', 'Malformed request')
  if (!isKnownClient(world, clientId, form.get('client_secret') ?? '')) {
    return refused(401, 'invalid_client', 'Client authentication failed')
  }
  const seller = findByRefreshToken(world, refreshToken)
  if (!seller) return refused(400, 'invalid_grant', invalidGrant)
  const revoked = claimRevocation(world, seller.sellerId, now)
  if (revoked) return { ...refused(400, 'invalid_grant', revokedGrant), sellerId: seller.sellerId, fault: 'revoke' }
  const token = issueToken(
    world,
    { clientId, refreshToken, sellerKey: sellerKeyOf(seller), roles: [...seller.roles] },
    now,
  )
  return {
    status: 200,
    body: {
      access_token: token.token,
      token_type: 'bearer',
      expires_in: accessTokenLifeSeconds,
      refresh_token: refreshToken,
    },
    sellerId: seller.sellerId,
    fault: null,
  }
}

const invalidGrant = 'The request has an invalid grant parameter : refresh_token'
const revokedGrant = `${invalidGrant}. User may have revoked or didn't grant the permission.`

/** The seller that granted a refresh token. */
export function findByRefreshToken(world: World, refreshToken: string): Seller | undefined {
  for (const seller of world.sellers.all()) if (seller.refreshTokens.includes(refreshToken)) return seller
  return undefined
}

function issueToken(
  world: World,
  grant: Pick<AccessToken, 'clientId' | 'refreshToken' | 'sellerKey' | 'roles'>,
  now: number,
): AccessToken {
  for (const old of world.accessTokens.all()) {
    if (old.expiresAt + forgetTokenAfterMs < now) world.accessTokens.remove(old)
  }
  const token: AccessToken = {
    ...grant,
    token: `Atza|${world.ids.hex('access-token', 48)}`,
    issuedAt: now,
    expiresAt: now + accessTokenLifeSeconds * 1000,
  }
  world.accessTokens.save(token)
  return token
}

function isKnownClient(world: World, clientId: string, secret: string): boolean {
  const clients = world.settings.lwaClients
  return Object.keys(clients).length === 0 || (Object.hasOwn(clients, clientId) && clients[clientId] === secret)
}

function refused(status: number, error: string, description: string): LoginAnswer {
  return { status, body: { error, error_description: description }, sellerId: null, fault: null }
}
