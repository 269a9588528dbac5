import type { ErrorAnswer, Refused } from '../../src/wire/error.ts'

/** The server refused, or could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0 when no answer came. */
  readonly status: number
  readonly refused: Refused

  constructor(status: number, refused: Refused) {
    super(refused.message)
    this.status = status
    this.refused = refused
  }

  /** Whether the same request may well succeed in a moment. */
  get mayPass(): boolean {
    return this.status === 0 || this.status === 503 || this.status === 502
  }
}

/** Reads from the server. The console's own types say what comes back: page and server are one release. */
export function get<T>(path: string, signal: AbortSignal): Promise<T> {
  return send<T>(path, { signal, headers: { accept: 'application/json' } })
}

/** Gives the server a command. */
export function post<T>(path: string, command: { body: object; idempotencyKey: string }): Promise<T> {
  return send<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': command.idempotencyKey },
    body: JSON.stringify(command.body),
  })
}

/** A path whose parts are encoded once each: SKUs hold slashes, spaces and percent signs. */
export function apiPath(...parts: readonly string[]): string {
  return `/api/${parts.map(encodeURIComponent).join('/')}`
}

/** The query of an address; parts without a value are left out. */
export function searchPart(parts: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parts).filter(
    (part): part is [string, string] => part[1] !== undefined && part[1] !== '',
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

async function send<T>(address: string, init: RequestInit): Promise<T> {
  const response = await fetch(address, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error
    throw new ApiError(0, unreachable)
  })
  const text = await response.text()
  if (!response.ok) throw new ApiError(response.status, refusedIn(text))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own server's answer, built from the same types
  return JSON.parse(text) as T
}

const unreachable: Refused = {
  code: 'CONSOLE_UNREACHABLE',
  message: 'the console’s server does not answer',
  next_step: 'see whether it still runs; this page goes on by itself when it does',
  field: null,
  value: null,
}

function refusedIn(text: string): Refused {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above; anything else ends in the catch
    return (JSON.parse(text) as ErrorAnswer).error
  } catch {
    return { ...unreachable, code: 'ANSWER_UNREADABLE', message: 'the answer could not be read' }
  }
}
