import { virtualClock, type VirtualClock } from './core/clock.ts'
import { isJsonObject, type JsonObject } from './core/json.ts'
import type { ApiRequest } from './core/messages.ts'
import type { Settings } from './core/settings.ts'
import { Simulator } from './core/simulator.ts'

/** The seller that is there from the start: UK, DE and FR under one account. */
export const inProcessSeller = {
  sellerId: 'A1SELLER',
  region: 'EU' as const,
  marketplaceIds: ['A1F83G8C2ARO7P', 'A1PA6795UKMFR9', 'A13V1IB3VIYZZH'],
  refreshToken: 'Atzr|in-process',
}

/** What came back of a call. `json` is {} where the body is no JSON object. */
export interface InProcessAnswer {
  kind: 'answer' | 'silence' | 'cut'
  status: number
  headers: Record<string, string>
  bytes: Uint8Array
  json: JsonObject
  delayMs: number
}

/** A simulator on a virtual clock with a client that speaks to it as over HTTP, without a socket. */
export interface InProcessAmazon {
  simulator: Simulator
  clock: VirtualClock
  /** Sends a request with the seller's access token; a fresh one is fetched when there is none. */
  call: (method: string, target: string, body?: unknown) => InProcessAnswer
  /** Sends exactly these headers and this body. */
  send: (request: { method: string; target: string; headers?: ApiRequest['headers']; body?: string }) => InProcessAnswer
  /** The next `call` fetches a new access token. */
  forgetToken: () => void
}

/** Starts one at 2026-03-02 09:00 UTC with one seller and no listings. The same seed gives the same ids. */
export function startInProcess(options: { seed?: string; settings?: Partial<Settings> } = {}): InProcessAmazon {
  const clock = virtualClock(Date.parse('2026-03-02T09:00:00Z'))
  const simulator = new Simulator({
    seed: options.seed ?? 'in-process',
    now: clock.now,
    settings: options.settings ?? {},
  })
  simulator.addSeller(inProcessSeller)
  let token: string | undefined

  const send: InProcessAmazon['send'] = ({ method, target, headers = {}, body = '' }) => {
    const bytes = new TextEncoder().encode(body)
    const delivery = simulator.handle({ method, target, headers, body: bytes, origin: 'http://amazon.test' })
    if (delivery.kind !== 'answer') return { ...nothing, kind: delivery.kind }
    const { status, headers: answered, body: content } = delivery.response
    const raw = typeof content === 'string' ? new TextEncoder().encode(content) : (content ?? new Uint8Array())
    return { kind: 'answer', status, headers: answered, bytes: raw, json: parse(raw), delayMs: delivery.delayMs }
  }
  const fetchToken = (): string => {
    const form = {
      grant_type: 'refresh_token',
      refresh_token: inProcessSeller.refreshToken,
      client_id: 'app',
      client_secret: 's',
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = send({
      method: 'POST',
      target: '/auth/o2/token',
      headers,
      body: new URLSearchParams(form).toString(),
    })
    return String(answer.json['access_token'])
  }
  const call: InProcessAmazon['call'] = (method, target, body) => {
    token ??= fetchToken()
    const headers = { 'x-amz-access-token': token, 'content-type': 'application/json' }
    return send({ method, target, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  }
  return { simulator, clock, call, send, forgetToken: () => (token = undefined) }
}

const nothing = { status: 0, headers: {}, bytes: new Uint8Array(), json: {}, delayMs: 0 }

function parse(bytes: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}
