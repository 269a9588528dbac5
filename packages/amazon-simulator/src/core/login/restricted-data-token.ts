import { isJsonObject, quoted } from '../json.ts'
import { personalDataRole } from '../operations.ts'
import type { Seller } from '../records.ts'
import { AmazonRefusalError, invalidInput } from '../refusals.ts'
import { sellerKeyOf, type World } from '../world.ts'

const mostResources = 50
const lifeSeconds = 3600
const methods = ['GET', 'PUT', 'POST', 'DELETE']

/** createRestrictedDataToken: a token for the named resources alone. Source: Tokens 2021-03-01. */
export function createRestrictedDataToken(
  world: World,
  call: { seller: Seller; clientId: string; refreshToken: string; body: unknown; now: number },
): unknown {
  const { seller, now } = call
  const resources = isJsonObject(call.body) ? call.body['restrictedResources'] : undefined
  if (!Array.isArray(resources) || resources.length === 0 || resources.length > mostResources)
    throw invalidInput(`'restrictedResources' must be a list of 1 to ${mostResources} resources.`)
  const restrictedTo = resources.map((resource: unknown) => readResource(seller, resource))
  const token = {
    token: `Atz.sprdt|${world.ids.hex('access-token', 48)}`,
    refreshToken: call.refreshToken,
    clientId: call.clientId,
    sellerKey: sellerKeyOf(seller),
    roles: [...seller.roles],
    restrictedTo,
    issuedAt: now,
    expiresAt: now + lifeSeconds * 1000,
  }
  world.accessTokens.save(token)
  return { restrictedDataToken: token.token, expiresIn: lifeSeconds }
}

/** Whether a request is for one of the resources a token names. `{…}` in a path stands for one segment. */
export function isWithinRestriction(
  restrictedTo: readonly { method: string; path: string }[],
  request: { method: string; path: string },
): boolean {
  const asked = request.path.split('/')
  return restrictedTo.some(({ method, path }) => {
    const parts = path.split('/')
    const fits = parts.length === asked.length && parts.every((part, i) => part.startsWith('{') || part === asked[i])
    return method === request.method && fits
  })
}

function readResource(seller: Seller, resource: unknown): { method: string; path: string } {
  const { method, path, dataElements } = isJsonObject(resource) ? resource : {}
  if (typeof method !== 'string' || !methods.includes(method))
    throw invalidInput(`'method' must be one of ${methods.join(', ')}, not '${quoted(method)}'.`)
  if (typeof path !== 'string' || !path.startsWith('/')) throw invalidInput(`'path' is not valid: '${quoted(path)}'.`)
  const elements = Array.isArray(dataElements) ? dataElements.map(quoted) : []
  const personal = elements.filter((element) => element === 'buyerInfo' || element === 'shippingAddress')
  if (personal.length > 0 && !seller.roles.includes(personalDataRole)) {
    const message = `Application does not have access to one or more requested data elements: [${personal.join(', ')}]`
    throw new AmazonRefusalError(400, { code: 'InvalidInput', message })
  }
  return { method, path }
}
