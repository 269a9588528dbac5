import type { Connection } from '../../store/connections.ts'
import type { Exchange } from './access-tokens.ts'
import type { CallLog } from './call-log.ts'

const outcomes = {
  revoked: 'authorisation_revoked',
  application_refused: 'application_credentials',
  failed: 'outage',
} as const

/** Puts an exchange of the refresh token that brought no access token into the log of calls. What never left is no call. */
export function logExchange(callLog: CallLog, connection: Connection, exchange: Exchange): void {
  if (exchange.kind === 'token' || exchange.kind === 'unreadable') return
  callLog.note({
    at: new Date(),
    connection_id: connection.id,
    application: connection.application,
    operation: 'lwaToken',
    lane: '',
    status: 0,
    outcome: outcomes[exchange.kind],
    throttled_level: null,
    error_code: /\((\w{1,40})\)/.exec(exchange.detail)?.[1] ?? null,
    request_id: null,
    waited_ms: 0,
    duration_ms: 0,
  })
}
