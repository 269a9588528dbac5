import { claimFault } from './faults.ts'
import { downloadFeedResult, uploadDocument, uploadPath, type UploadOutcome } from './feeds/feed-documents.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { findByRefreshToken } from './login/grants.ts'
import { login } from './login/login.ts'
import { jsonResponse, type ApiResponse, type Delivery } from './messages.ts'
import { downloadOperation, loginOperation, uploadOperation } from './operations.ts'
import type { FaultRow } from './records.ts'
import { tryDecode } from './routes.ts'
import { downloadDocument } from './reports.ts'
import { deliver, type Visit } from './visit.ts'
import type { World } from './world.ts'

/** POST /auth/o2/token. The journal keeps the grant type and the client, never a token or a secret. */
export function handleLogin(world: World, visit: Visit): Delivery {
  const { entry, now, request } = visit
  const form = readForm(request)
  entry.operation = loginOperation
  entry.body = { grant_type: form.get('grant_type'), client_id: form.get('client_id') }
  entry.sellerId = findByRefreshToken(world, form.get('refresh_token') ?? '')?.sellerId ?? null
  const fault = claimFault(world, { operation: loginOperation, sellerId: entry.sellerId, skus: [] }, now)
  entry.fault = fault?.action ?? null
  const early = fault && withoutWork(fault, { error: 'server_error', error_description: 'Internal error' })
  if (early) return early
  const answer = login(world, request.method === 'POST' ? form : new URLSearchParams(), now)
  entry.fault ??= answer.fault
  entry.sellerId ??= answer.sellerId
  entry.errorCode = typeof answer.body['error'] === 'string' ? answer.body['error'] : null
  return deliver(visit, jsonResponse(answer.status, answer.body, { 'cache-control': 'no-store' }), fault)
}

/** Amazon documents a form and takes JSON as well, which clients of wide use send. Anything else reads as empty. */
function readForm({ headers, body }: Visit['request']): URLSearchParams {
  const type = (headers['content-type'] ?? '').toLowerCase()
  const text = new TextDecoder().decode(body)
  if (type.startsWith('application/x-www-form-urlencoded')) return new URLSearchParams(text)
  const form = new URLSearchParams()
  const fields = type.startsWith('application/json') ? tryParse(text) : undefined
  for (const [name, value] of Object.entries(fields ?? {})) if (typeof value === 'string') form.set(name, value)
  return form
}

function tryParse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** GET on a presigned URL. Answers as object storage does, with XML when it refuses. */
export function handleDownload(world: World, visit: Visit): Delivery {
  const { entry, now, path, query } = visit
  entry.operation = downloadOperation
  entry.query = { expires: query.find('expires') ?? '' }
  const documentId = tryDecode(path.slice('/documents/'.length)) ?? ''
  const document = world.documents.find(documentId) ?? world.feedResults.find(documentId)
  entry.sellerId = document?.sellerId ?? null
  const fault = claimFault(world, { operation: downloadOperation, sellerId: entry.sellerId, skus: [] }, now)
  entry.fault = fault?.action ?? null
  const early = fault && withoutWork(fault, {})
  if (early) return early
  const which = { documentId, query, now }
  const isGet = visit.request.method === 'GET'
  const found = isGet ? (downloadDocument(world, which) ?? downloadFeedResult(world, which)) : undefined
  if (!found) {
    entry.errorCode = 'AccessDenied'
    return deliver(visit, refusedXml('AccessDenied', 'Request has expired'), fault)
  }
  return deliver(visit, { status: 200, headers: { 'content-type': found.contentType }, body: found.bytes }, fault)
}

/** PUT on a presigned URL. The journal keeps no byte of what was uploaded. */
export function handleUpload(world: World, visit: Visit): Delivery {
  const { entry, now, path, query, request } = visit
  entry.operation = uploadOperation
  entry.query = { expires: query.find('expires') ?? '' }
  const documentId = tryDecode(path.slice(uploadPath.length)) ?? ''
  entry.sellerId = world.feedDocuments.find(documentId)?.sellerId ?? null
  const fault = claimFault(world, { operation: uploadOperation, sellerId: entry.sellerId, skus: [] }, now)
  entry.fault = fault?.action ?? null
  const early = fault && withoutWork(fault, {})
  if (early) return early
  const contentType = request.headers['content-type'] ?? ''
  const upload = { documentId, query, contentType, bytes: request.body, now }
  const response = uploadResponse(request.method === 'PUT' ? uploadDocument(world, upload) : 'expired')
  if (response.status !== 200) entry.errorCode = 'AccessDenied'
  return deliver(visit, response, fault)
}

function uploadResponse(outcome: UploadOutcome): ApiResponse {
  switch (outcome) {
    case 'stored':
      return { status: 200, headers: {}, body: '' }
    case 'expired':
      return refusedXml('AccessDenied', 'Request has expired')
    case 'wrong-content-type':
      return refusedXml(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
      )
    default:
      return outcome satisfies never
  }
}

function refusedXml(code: string, message: string): ApiResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return { status: 403, headers: { 'content-type': 'application/xml' }, body }
}

/** Faults that let nothing be done, as they look outside the Selling Partner API. */
function withoutWork(fault: FaultRow, serverError: Record<string, string>): Delivery | undefined {
  const answerWith = (status: number): Delivery => ({
    kind: 'answer',
    response: jsonResponse(status, serverError),
    delayMs: 0,
  })
  if (fault.action === 'timeout-before') return { kind: 'silence' }
  if (fault.action === 'drop') return { kind: 'cut' }
  if (fault.action === 'throttle') return answerWith(429)
  if (fault.action === 'server-error') return answerWith(500)
  if (fault.action === 'html-503') return answerWith(503)
  return fault.action === 'deny' ? answerWith(403) : undefined
}
