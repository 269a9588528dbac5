import { Agent, type Dispatcher, request } from 'undici'

/** One HTTP call to Amazon; everything in it is encoded. */
export interface HttpCall {
  /** Scheme, host and port. */
  readonly origin: string
  readonly method: Dispatcher.HttpMethod
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  /** Empty for none. */
  readonly body: Uint8Array
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** What came back. */
export type HttpAnswer =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: Uint8Array
    }
  /** No connection could be made: nothing was done. */
  | { readonly kind: 'unsent'; readonly detail: string }
  /** It left, and no whole answer came: it may have been done. */
  | { readonly kind: 'lost'; readonly detail: string }

/** Amazon's documents come by presigned URL; an API answer larger than this is none. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Amazon asks for a user agent of this shape. Source: SP-API developer guide, "Include a User-Agent header". */
export const userAgent = 'Lockstep/0.1.0 (Language=TypeScript)'

/** A connection that takes longer is given up on. Below any request's time, so that it is known not to have left. */
const CONNECT_TIMEOUT_MS = 5_000

/** Connections to Amazon, reused. Close it when done. */
export function openAgent(): Agent {
  return new Agent({
    connections: 64,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  })
}

/** Makes one call, once, within its time. Never throws for what the network does; it says whether the call left. */
export async function callHttp(agent: Dispatcher, call: HttpCall): Promise<HttpAnswer> {
  if (call.signal.aborted) return { kind: 'unsent', detail: 'it was called off before it left' }
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutMs)])
  try {
    const answer = await request(`${call.origin}${call.target}`, {
      dispatcher: agent,
      method: call.method,
      headers: { 'user-agent': userAgent, ...call.headers },
      body: call.body.length > 0 ? call.body : null,
      signal,
      headersTimeout: call.timeoutMs,
      bodyTimeout: call.timeoutMs,
    })
    const body = new Uint8Array(await answer.body.arrayBuffer())
    return { kind: 'answered', status: answer.statusCode, headers: plainHeaders(answer.headers), body }
  } catch (error) {
    return callFailure(error)
  }
}

/** Whether a call that failed on its way can have been done. */
export function callFailure(error: unknown): Exclude<HttpAnswer, { kind: 'answered' }> {
  const detail = fieldOf(error, 'message') ?? String(error)
  return neverLeft(error) ? { kind: 'unsent', detail } : { kind: 'lost', detail }
}

/** Only errors of making the connection prove that nothing was sent. */
const CONNECT_CODES = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function neverLeft(error: unknown): boolean {
  const code = fieldOf(error, 'code')
  return code !== undefined && CONNECT_CODES.has(code)
}

/** Read without asking for its class: an error may come from another realm than ours. */
function fieldOf(error: unknown, field: 'code' | 'message'): string | undefined {
  if (typeof error !== 'object' || error === null || !(field in error)) return undefined
  const value: unknown = Reflect.get(error, field)
  return typeof value === 'string' ? value : undefined
}

/** Headers by their lower-case names, several of one name joined. */
export function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}
