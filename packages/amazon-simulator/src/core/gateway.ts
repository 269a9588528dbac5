import { countThrottle, pairTokens, planOf, takeTokens, throttled, type Usage } from './buckets.ts'
import type { CallResult } from './call.ts'
import { perform } from './calls.ts'
import { claimFault } from './faults.ts'
import { performGrantless } from './grantless-calls.ts'
import { isGrantExpired } from './login/grants.ts'
import { isWithinRestriction } from './login/restricted-data-token.ts'
import type { Operation } from './operations.ts'
import { uploadPath } from './feeds/feed-documents.ts'
import { advanceFeeds } from './feeds/feed-queue.ts'
import { attributeNamesIn } from './patch-document.ts'
import { isJsonObject } from './json.ts'
import { jsonResponse, type ApiRequest, type ApiResponse, type Delivery } from './messages.ts'
import type { AccessToken, FaultAction, FaultRow, JournalEntry, Seller } from './records.ts'
import { accessDenied, AmazonRefusalError, tokenExpired, tokenMissing, tokenRevoked } from './refusals.ts'
import { findRoute, type Route } from './routes.ts'
import { handleDownload, handleLogin, handleUpload } from './side-doors.ts'
import { deliver, newVisit, type Visit } from './visit.ts'
import type { World } from './world.ts'

/**
 * Answers one request as Amazon would: fault, token, role, limits, operation. Every request is journalled.
 * Pure: the answer follows from the world, the request and the time.
 */
export function handleRequest(
  world: World,
  request: ApiRequest,
  now: number,
): { delivery: Delivery; entry: JournalEntry } {
  advanceFeeds(world, now)
  const visit = newVisit(world, request, now)
  const delivery = answer(world, visit)
  if (delivery.kind === 'answer') {
    delivery.response.headers['x-amzn-requestid'] = visit.entry.requestId
    visit.entry.status = delivery.response.status
  }
  world.journal.append(visit.entry)
  return { delivery, entry: visit.entry }
}

function answer(world: World, visit: Visit): Delivery {
  if (visit.path === '/auth/o2/token') return handleLogin(world, visit)
  if (visit.path.startsWith(uploadPath)) return handleUpload(world, visit)
  if (visit.path.startsWith('/documents/')) return handleDownload(world, visit)
  try {
    return serve(world, visit, findRoute(visit.request.method, visit.path))
  } catch (err) {
    return refuse(visit, err)
  }
}

function serve(world: World, visit: Visit, route: Route): Delivery {
  const { operation, params } = route
  const { entry, now } = visit
  const body = parseJson(visit.request.body)
  const token = findToken(world, visit.request)
  const seller = token && world.sellers.find(token.sellerKey)
  Object.assign(entry, {
    operation: operation.name,
    sellerId: seller?.sellerId ?? null,
    sku: params['sku'] ?? null,
    body: body ?? null,
  })
  const identifiers = operation.name === 'searchListingsItems' ? (visit.query.list('identifiers') ?? []) : []
  const skus = params['sku'] === undefined ? identifiers : [params['sku']]
  const fault = claimFault(
    world,
    { operation: operation.name, sellerId: entry.sellerId, skus, ...(token ? { token } : {}) },
    now,
  )
  entry.fault = fault?.action ?? null
  if (fault?.action === 'timeout-before') return { kind: 'silence' }
  if (fault?.action === 'drop') return { kind: 'cut' }
  const usage: Usage | undefined = token && {
    operation,
    sellerKey: token.sellerKey,
    clientId: token.clientId,
    preview: visit.query.has('mode'),
    attributeNames: attributeNamesIn(body),
    feedType: operation.name === 'createFeed' && isJsonObject(body) ? body['feedType'] : undefined,
  }
  entry.tokensBefore = usage ? pairTokens(world, usage, now) : null
  const early = fault && earlyAnswer(world, { action: fault.action, usage, now })
  if (early) return refuse(visit, early)
  if (fault?.action === 'html-503') return { kind: 'answer', response: unavailablePage(), delayMs: 0 }
  const response = admitAndPerform(world, visit, { route, body, token, seller, usage, fault })
  return deliver(visit, response, fault)
}

interface Admission {
  route: Route
  body: unknown
  token: AccessToken | undefined
  seller: Seller | undefined
  usage: Usage | undefined
  fault: FaultRow | undefined
}

function admitAndPerform(world: World, visit: Visit, admission: Admission): ApiResponse {
  const { operation } = admission.route
  try {
    const result = performAdmitted(world, visit, admission)
    visit.entry.result = result.result ?? null
    return successResponse(result, rateHeader(world, operation))
  } catch (err) {
    if (!(err instanceof AmazonRefusalError)) throw err
    const showsRate = err.status === 400 || err.status === 404
    return refusalResponse(visit, err, showsRate ? rateHeader(world, operation) : {})
  }
}

function performAdmitted(world: World, visit: Visit, admission: Admission): CallResult {
  const { route, usage, fault, body } = admission
  const { request, query, now } = visit
  const { operation, params } = route
  const token = validToken(visit, admission)
  if (token.restrictedTo && !isWithinRestriction(token.restrictedTo, { method: request.method, path: visit.path }))
    throw accessDenied()
  const { clientId } = token
  if (operation.scope !== undefined) {
    if (!token.scope?.split(' ').includes(operation.scope)) throw accessDenied()
    if (usage) takeTokens(world, usage, now)
    return performGrantless(world, operation.name, { clientId, params, body, now })
  }
  const seller = admitSeller(world, admission, now)
  if (usage) takeTokens(world, usage, now)
  const contentType = request.headers['content-type'] ?? ''
  const call = {
    seller,
    clientId,
    refreshToken: token.refreshToken,
    params,
    query,
    contentType,
    body,
    origin: request.origin,
    fault: fault?.action ?? null,
    now,
  } as const
  return perform(world, operation.name, call)
}

function validToken(visit: Visit, { token }: Admission): AccessToken {
  if (!visit.request.headers['x-amz-access-token']) throw accessDenied(tokenMissing)
  if (!token) throw accessDenied(tokenRevoked)
  if (token.expiresAt <= visit.now) throw accessDenied(tokenExpired)
  return token
}

/**
 * The seller with the roles this token carries: a revoked role is gone at once, an added one waits for the next token.
 * A grantless token has no seller; an authorisation that was not renewed after a year is none any more.
 */
function admitSeller(world: World, { route, token, seller }: Admission, now: number): Seller {
  if (token?.scope !== undefined) throw accessDenied()
  if (!token || !seller || isGrantExpired(world, token.refreshToken, now)) throw accessDenied(tokenRevoked)
  const inForce = { ...seller, roles: seller.roles.filter((role) => token.roles?.includes(role) ?? true) }
  const { roles } = route.operation
  const granted = roles.length === 0 ? inForce.roles.length > 0 : roles.some((role) => inForce.roles.includes(role))
  if (!granted) throw accessDenied()
  return inForce
}

/** What a fault answers before anything is done. */
function earlyAnswer(
  world: World,
  what: { action: FaultAction; usage: Usage | undefined; now: number },
): AmazonRefusalError | undefined {
  switch (what.action) {
    case 'throttle':
      if (what.usage) countThrottle(world, what.usage, what.now)
      return throttled()
    case 'deny':
      return accessDenied()
    case 'expire-token':
      return accessDenied(tokenExpired)
    case 'revoke':
      return accessDenied(tokenRevoked)
    case 'server-error':
      return new AmazonRefusalError(500, {
        code: 'InternalFailure',
        message: 'We encountered an internal error. Please try again.',
      })
    case 'html-503':
    case 'timeout-before':
    case 'timeout-after':
    case 'drop':
    case 'delay':
    case 'corrupt':
    case 'report-fatal':
    case 'report-cancelled':
    case 'feed-fatal':
    case 'feed-stuck':
    case 'feed-skip':
    case 'write-late':
    case 'write-lost':
      return undefined
    default:
      return what.action satisfies never
  }
}

function refuse(visit: Visit, err: unknown): Delivery {
  if (!(err instanceof AmazonRefusalError)) throw err
  return { kind: 'answer', response: refusalResponse(visit, err, {}), delayMs: 0 }
}

function refusalResponse(visit: Visit, err: AmazonRefusalError, headers: Record<string, string>): ApiResponse {
  visit.entry.errorCode = err.error.code
  return jsonResponse(err.status, { errors: [err.error] }, headers)
}

function successResponse(result: CallResult, headers: Record<string, string>): ApiResponse {
  if (result.body === undefined) return { status: result.status, headers, body: undefined }
  return jsonResponse(result.status, result.body, headers)
}

/** The pair plan's rate only, and only on 20x, 400 and 404: neither burst nor what is left. */
function rateHeader(world: World, operation: Operation): Record<string, string> {
  const { rate } = planOf(world, operation)
  return { 'x-amzn-ratelimit-limit': Number.isInteger(rate) ? rate.toFixed(1) : String(rate) }
}

function unavailablePage(): ApiResponse {
  const body =
    '<html><head><title>Website Temporarily Unavailable</title></head><body>Website Temporarily Unavailable</body></html>'
  return { status: 503, headers: { 'content-type': 'text/html' }, body }
}

function findToken(world: World, request: ApiRequest): AccessToken | undefined {
  const text = request.headers['x-amz-access-token']
  return text === undefined ? undefined : world.accessTokens.find(text)
}

function parseJson(body: Uint8Array): unknown {
  if (body.length === 0) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown
  } catch {
    return undefined
  }
}
