/** A request as it arrived: the target is the raw path and query, nothing is decoded. */
export interface ApiRequest {
  method: string
  target: string
  /** Names in lower case. */
  headers: Record<string, string | undefined>
  body: Uint8Array
  /** Where the caller reaches this server, for the URLs in answers. */
  origin: string
}

/** An answer. `body` is undefined for 204. */
export interface ApiResponse {
  status: number
  headers: Record<string, string>
  body: Uint8Array | string | undefined
}

/** What the caller gets to see: an answer, perhaps late, or nothing, or a cut connection. */
export type Delivery =
  | { kind: 'answer'; response: ApiResponse; delayMs: number }
  | { kind: 'silence' }
  | { kind: 'cut' }

/** A JSON answer. */
export function jsonResponse(status: number, body: unknown, headers: Record<string, string> = {}): ApiResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}
