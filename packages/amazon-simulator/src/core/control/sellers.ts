import { addGrant, findByRefreshToken } from '../login/grants.ts'
import type { Grant } from '../login/records.ts'
import { findMarketplace, type Region } from '../marketplaces.ts'
import { defaultRoles, roleNames } from '../operations.ts'
import type { Seller } from '../records.ts'
import { ControlRefusalError } from '../refusals.ts'
import { sellerKeyOf, type World } from '../world.ts'
import { Input } from './input.ts'

/** A seller as the control API shows it. */
export interface SellerView {
  sellerId: string
  region: Region
  name: string
  marketplaceIds: string[]
  roles: string[]
}

const sellerFields = [
  'sellerId',
  'region',
  'name',
  'marketplaceIds',
  'refreshToken',
  'authorizedAt',
  'clientId',
  'roles',
]

/** Creates a seller account, or adds marketplaces, a refresh token or roles to one that is there. */
export function putSeller(world: World, body: unknown): SellerView {
  const input = new Input(body, sellerFields)
  const sellerId = input.text('sellerId')
  if (!/^[A-Za-z0-9]{1,32}$/.test(sellerId)) throw input.wrong('sellerId', 'must be 1 to 32 letters and digits')
  const region = input.optionalChoice('region', ['NA', 'EU', 'FE'] as const)
  if (!region) throw input.wrong('region', 'must be NA, EU or FE')
  const marketplaceIds = input.optionalTexts('marketplaceIds') ?? []
  for (const id of marketplaceIds) {
    if (findMarketplace(id)?.region !== region)
      throw input.wrong('marketplaceIds', `must be ids of marketplaces in ${region} ('${id}' is none)`)
  }
  const seller = world.sellers.find(sellerKeyOf({ sellerId, region })) ?? {
    sellerId,
    region,
    name: `Simulated seller ${sellerId}`,
    marketplaceIds: [],
    refreshTokens: [],
    roles: defaultRoles,
  }
  const grant = readGrant(world, seller, input)
  seller.name = input.optionalText('name') ?? seller.name
  seller.marketplaceIds = [...new Set([...seller.marketplaceIds, ...marketplaceIds])]
  const roles = input.optionalTexts('roles')
  if (roles) seller.roles = checkedRoles(input, 'roles', roles)
  if (seller.marketplaceIds.length === 0) throw input.wrong('marketplaceIds', 'must name at least one marketplace')
  world.sellers.save(seller)
  if (grant) addGrant(world, seller, grant)
  return sellerView(seller)
}

/** Grants and revokes roles. A revoked role is gone at the next call, a granted one is there with the next access token. */
export function changeRoles(world: World, body: unknown): { sellerId: string; roles: string[] } {
  const input = new Input(body, ['sellerId', 'region', 'grant', 'revoke'])
  const seller = sellerIn(world, input)
  const grant = checkedRoles(input, 'grant', input.optionalTexts('grant') ?? [])
  const revoke = checkedRoles(input, 'revoke', input.optionalTexts('revoke') ?? [])
  seller.roles = [...new Set([...seller.roles, ...grant])].filter((role) => !revoke.includes(role))
  world.sellers.save(seller)
  return { sellerId: seller.sellerId, roles: seller.roles }
}

/** The seller account a body means; `region` is needed only when the id exists in several. */
export function sellerIn(world: World, input: Input): Seller {
  const sellerId = input.text('sellerId')
  const region = input.has('region') ? input.text('region') : undefined
  return findSeller(world, {
    sellerId,
    region,
    marketplaceId: input.has('marketplaceId') ? input.text('marketplaceId') : undefined,
  })
}

/** Finds a seller account by id and, where that is not enough, by region or marketplace. Throws 404 or 400 AMBIGUOUS. */
export function findSeller(
  world: World,
  which: { sellerId: string; region?: string | undefined; marketplaceId?: string | undefined },
): Seller {
  const region =
    which.region ?? (which.marketplaceId === undefined ? undefined : findMarketplace(which.marketplaceId)?.region)
  const all = [...world.sellers.all()].filter(({ sellerId }) => sellerId === which.sellerId)
  const found = all.length > 1 && region !== undefined ? all.filter((seller) => seller.region === region) : all
  const [seller] = found
  if (found.length > 1) {
    const message = `seller ${which.sellerId} exists in ${found.map((one) => one.region).join(' and ')}: name its region`
    throw new ControlRefusalError(400, { code: 'AMBIGUOUS', field: 'region', message })
  }
  if (seller) return seller
  const message = `no seller '${which.sellerId}': create it with POST /_sim/sellers`
  throw new ControlRefusalError(404, { code: 'NOT_FOUND', field: 'sellerId', message })
}

/** What is shown of a seller: no token. */
export function sellerView(seller: Seller): SellerView {
  const { sellerId, region, name, marketplaceIds, roles } = seller
  return { sellerId, region, name, marketplaceIds, roles }
}

/** A refresh token made by hand: it never runs out unless `authorizedAt` says since when it counts. */
function readGrant(world: World, seller: Seller, input: Input): Omit<Grant, 'sellerKey'> | undefined {
  const refreshToken = input.optionalText('refreshToken')
  const authorizedAt = input.optionalTime('authorizedAt')
  const clientId = input.optionalText('clientId') ?? null
  if (refreshToken === undefined) {
    if (authorizedAt !== undefined || clientId !== null)
      throw input.wrong('refreshToken', 'is needed with authorizedAt or clientId')
    return undefined
  }
  const owner = findByRefreshToken(world, refreshToken)
  if (owner && sellerKeyOf(owner) !== sellerKeyOf(seller)) {
    const message = `refreshToken belongs to seller ${owner.sellerId} in ${owner.region} already: use another one`
    throw new ControlRefusalError(409, { code: 'TOKEN_TAKEN', field: 'refreshToken', message })
  }
  const isKnown = owner !== undefined && authorizedAt === undefined && clientId === null
  return isKnown ? undefined : { refreshToken, clientId, authorizedAt: authorizedAt ?? null }
}

function checkedRoles(input: Input, name: string, roles: string[]): string[] {
  const unknown = roles.find((role) => !(roleNames as readonly string[]).includes(role))
  if (unknown !== undefined)
    throw input.wrong(name, `must hold names of Amazon's roles ('${unknown}' is none): ${roleNames.join(', ')}`)
  return roles
}
