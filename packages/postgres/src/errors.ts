import pg from 'pg'

/** No connection could be had: the server does not answer, or the pool stayed empty for too long. */
export class DatabaseUnreachableError extends Error {
  override name = 'DatabaseUnreachableError'
}

/** Why an error of the database may pass when the work is done again: the connection was lost, or others stood in the way. */
export type TransientKind = 'connection' | 'contention'

// serialization_failure, deadlock_detected, lock_not_available, query_canceled (statement_timeout)
const contentionCodes = new Set(['40001', '40P01', '55P03', '57014'])
// connection exceptions, admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections, idle_in_transaction_session_timeout, read_only_sql_transaction
const connectionCodes = /^(08...|57P01|57P02|57P03|53300|25P03|25006)$/
const connectionTexts = /^(Connection terminated|Client has encountered a connection error|Client was closed)/

/**
 * Tells errors that a repeat may cure from those it cannot; undefined for the latter.
 * After a lost connection the outcome of a COMMIT is unknown: repeat only what is safe to repeat.
 */
export function transientKindOf(error: unknown): TransientKind | undefined {
  if (error instanceof DatabaseUnreachableError) return 'connection'
  if (error instanceof pg.DatabaseError) {
    if (contentionCodes.has(error.code ?? '')) return 'contention'
    return connectionCodes.test(error.code ?? '') ? 'connection' : undefined
  }
  if (!(error instanceof Error)) return undefined
  const isSocketOfOurs =
    'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE') && 'syscall' in error
  return isSocketOfOurs || connectionTexts.test(error.message) ? 'connection' : undefined
}

/** True when the work may be done again with hope. */
export function isTransient(error: unknown): boolean {
  return transientKindOf(error) !== undefined
}
