import { claimFault } from './faults.ts'
import { login, findByRefreshToken } from './login.ts'
import { jsonResponse, type ApiResponse, type Delivery } from './messages.ts'
import { downloadOperation, loginOperation } from './operations.ts'
import type { FaultRow } from './records.ts'
import { tryDecode } from './routes.ts'
import { downloadDocument } from './reports.ts'
import { deliver, type Visit } from './visit.ts'
import type { World } from './world.ts'

/** POST /auth/o2/token. The journal keeps the grant type and the client, never a token or a secret. */
export function handleLogin(world: World, visit: Visit): Delivery {
  const { entry, now, request } = visit
  const isForm = (request.headers['content-type'] ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')
  const form = new URLSearchParams(isForm ? new TextDecoder().decode(request.body) : '')
  entry.operation = loginOperation
  entry.body = { grant_type: form.get('grant_type'), client_id: form.get('client_id') }
  entry.sellerId = findByRefreshToken(world, form.get('refresh_token') ?? '')?.sellerId ?? null
  const fault = claimFault(world, { operation: loginOperation, sellerId: entry.sellerId, skus: [] }, now)
  entry.fault = fault?.action ?? null
  const early = fault && withoutWork(fault, { error: 'server_error', error_description: 'Internal error' })
  if (early) return early
  const answer = login(world, request.method === 'POST' ? form : new URLSearchParams(), now)
  entry.fault ??= answer.fault
  entry.errorCode = typeof answer.body['error'] === 'string' ? answer.body['error'] : null
  return deliver(visit, jsonResponse(answer.status, answer.body, { 'cache-control': 'no-store' }), fault)
}

/** GET on a presigned URL. Answers as object storage does, with XML when it refuses. */
export function handleDownload(world: World, visit: Visit): Delivery {
  const { entry, now, path, query } = visit
  entry.operation = downloadOperation
  entry.query = { expires: query.find('expires') ?? '' }
  const documentId = tryDecode(path.slice('/documents/'.length)) ?? ''
  entry.sellerId = world.documents.find(documentId)?.sellerId ?? null
  const fault = claimFault(world, { operation: downloadOperation, sellerId: entry.sellerId, skus: [] }, now)
  entry.fault = fault?.action ?? null
  const early = fault && withoutWork(fault, {})
  if (early) return early
  const found = visit.request.method === 'GET' ? downloadDocument(world, { documentId, query, now }) : undefined
  if (!found) {
    entry.errorCode = 'AccessDenied'
    return deliver(visit, deniedXml(), fault)
  }
  return deliver(visit, { status: 200, headers: { 'content-type': found.contentType }, body: found.bytes }, fault)
}

function deniedXml(): ApiResponse {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'
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
