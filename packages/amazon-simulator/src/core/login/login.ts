import { claimRevocation } from '../faults.ts'
import type { AccessToken, FaultAction, Seller } from '../records.ts'
import { sellerKeyOf, type World } from '../world.ts'
import { isClientAuthentic } from './application.ts'
import { addGrant, findByRefreshToken, isGrantExpired } from './grants.ts'

/** What the token endpoint answers. */
export interface LoginAnswer {
  status: number
  body: Record<string, unknown>
  sellerId: string | null
  fault: FaultAction | null
}

interface Client {
  id: string
  form: URLSearchParams
  now: number
}

/** What a token without a seller may be asked for. */
export const grantlessScopes = ['sellingpartnerapi::notifications', 'sellingpartnerapi::client_credential:rotation']
const accessTokenLifeSeconds = 3600
/** Expired tokens are remembered for a day, so that they answer "expired" and not "malformed". */
const forgetTokenAfterMs = 24 * 3600 * 1000
const codeLifeMs = 5 * 60 * 1000

/**
 * POST /auth/o2/token.
 * Source: Login with Amazon, and the LWA error bodies integrators report (error, error_description).
 */
export function login(world: World, form: URLSearchParams, now: number): LoginAnswer {
  const type = form.get('grant_type')
  if (!type) return malformed()
  const grant = grants[type]
  if (!grant) {
    const description = 'The authorization grant type is not supported by the authorization server'
    return refused(400, 'unsupported_grant_type', description)
  }
  const client = { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
  if (!client.id || !client.secret) return malformed()
  if (!isClientAuthentic(world, client, now)) return refused(401, 'invalid_client', 'Client authentication failed')
  return grant(world, { id: client.id, form, now })
}

const grants: Record<string, (world: World, client: Client) => LoginAnswer> = {
  refresh_token: refresh,
  authorization_code: exchangeCode,
  client_credentials: grantless,
}

function refresh(world: World, { id, form, now }: Client): LoginAnswer {
  const refreshToken = form.get('refresh_token')
  if (!refreshToken) return malformed()
  const seller = findByRefreshToken(world, refreshToken)
  if (!seller) return refused(400, 'invalid_grant', invalidRefreshToken)
  const madeFor = world.grants.find(refreshToken)?.clientId ?? null
  if (madeFor !== null && madeFor !== id)
    return refused(400, 'unauthorized_client', 'Not authorized for requested operation')
  const { sellerId } = seller
  if (isGrantExpired(world, refreshToken, now)) return { ...refused(400, 'invalid_grant', revokedGrant), sellerId }
  const revoked = claimRevocation(world, sellerId, now)
  if (revoked) return { ...refused(400, 'invalid_grant', revokedGrant), sellerId, fault: 'revoke' }
  return issued(world, seller, { clientId: id, refreshToken, now })
}

/** A code lives five minutes, works once, and only for the client and the redirect address it was made for. */
function exchangeCode(world: World, { id, form, now }: Client): LoginAnswer {
  const given = form.get('code')
  if (!given) return malformed()
  const code = world.authorizationCodes.find(given)
  const seller = code && world.sellers.find(code.sellerKey)
  const redirectUri = form.get('redirect_uri')
  const isGood =
    code?.usedAt === null &&
    now < code.issuedAt + codeLifeMs &&
    (code.clientId === null || code.clientId === id) &&
    (redirectUri === null || redirectUri === code.redirectUri)
  if (!isGood || !seller) return refused(400, 'invalid_grant', 'The request has an invalid grant parameter : code')
  world.authorizationCodes.save({ ...code, usedAt: now })
  const refreshToken = `Atzr|${world.ids.hex('refresh-token', 64)}`
  addGrant(world, seller, { refreshToken, clientId: code.clientId, authorizedAt: code.issuedAt })
  return issued(world, seller, { clientId: id, refreshToken, now })
}

/** A token for operations that need no seller. Its bucket is the application's. */
function grantless(world: World, { id, form, now }: Client): LoginAnswer {
  const scope = form.get('scope')
  if (!scope) return malformed()
  if (!scope.split(' ').every((one) => grantlessScopes.includes(one)))
    return refused(400, 'invalid_scope', 'The requested scope is invalid, unknown, or malformed')
  const token = issueToken(world, { clientId: id, refreshToken: '', sellerKey: `application|${id}`, scope }, now)
  return accepted({ access_token: token.token, scope }, null)
}

function issued(
  world: World,
  seller: Seller,
  grant: { clientId: string; refreshToken: string; now: number },
): LoginAnswer {
  const { now, ...owner } = grant
  const token = issueToken(world, { ...owner, sellerKey: sellerKeyOf(seller), roles: [...seller.roles] }, now)
  return accepted({ access_token: token.token, refresh_token: owner.refreshToken }, seller.sellerId)
}

function accepted(body: Record<string, string>, sellerId: string | null): LoginAnswer {
  return {
    status: 200,
    body: { ...body, token_type: 'bearer', expires_in: accessTokenLifeSeconds },
    sellerId,
    fault: null,
  }
}

const invalidRefreshToken = 'The request has an invalid grant parameter : refresh_token'
const revokedGrant = `${invalidRefreshToken}. User may have revoked or didn't grant the permission.`

function issueToken(
  world: World,
  grant: Pick<AccessToken, 'clientId' | 'refreshToken' | 'sellerKey' | 'roles' | 'scope'>,
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

function malformed(): LoginAnswer {
  return refused(400, 'invalid_request', 'Malformed request')
}

function refused(status: number, error: string, description: string): LoginAnswer {
  return { status, body: { error, error_description: description }, sellerId: null, fault: null }
}
