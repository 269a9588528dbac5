import type { ApiRequest, ApiResponse, Delivery } from './messages.ts'
import { Query } from './query.ts'
import type { FaultRow, JournalEntry } from './records.ts'
import { isoMillis } from './times.ts'
import type { World } from './world.ts'

/** A request in the hands of the gateway. */
export interface Visit {
  request: ApiRequest
  path: string
  query: Query
  now: number
  entry: JournalEntry
}

/** Opens the journal entry of a request. */
export function newVisit(world: World, request: ApiRequest, now: number): Visit {
  const [path, search] = splitOnce(request.target, '?')
  const query = new Query(search)
  const entry: JournalEntry = {
    seq: world.journal.nextSeq,
    at: isoMillis(now),
    sellerId: null,
    operation: 'unknown',
    method: request.method,
    path,
    sku: null,
    query: query.asRecord(),
    body: null,
    status: 0,
    errorCode: null,
    result: null,
    tokensBefore: null,
    fault: null,
    requestId: world.ids.requestId(world.journal.nextSeq),
    ms: 0,
  }
  return { request, path, query, now, entry }
}

/** Hands the answer over as a fault that lets the work be done wants it. */
export function deliver(visit: Visit, response: ApiResponse, fault: FaultRow | undefined): Delivery {
  visit.entry.status = response.status
  if (fault?.action === 'timeout-after') return { kind: 'silence' }
  if (fault?.action === 'corrupt') return { kind: 'answer', response: cutShort(response), delayMs: 0 }
  return { kind: 'answer', response, delayMs: fault?.action === 'delay' ? fault.delayMs : 0 }
}

function cutShort(response: ApiResponse): ApiResponse {
  return { ...response, body: response.body?.slice(0, Math.floor(response.body.length / 2)) }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
