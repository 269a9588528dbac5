import type { ServerResponse } from 'node:http'

/** Aborted when the connection ends before its answer was sent. (The request's own end is no sign of that: it ends with its body.) */
export function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return gone.signal
}
